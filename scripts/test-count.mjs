// Prints `N passed, N failed[, N skipped]` from Vitest's JSON report, as the last line of .ci/run, and
// exits with 1 if anything failed.
//   node scripts/test-count.mjs [report] [further failures] [exit status of the test run]
// A test file that did not load counts as one failure; so does a report that is not there, and a run
// that failed without a failed test.
import { readFileSync } from 'node:fs';

/**
 * @typedef {object} Report
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults
 */

const [path = 'out/test-results.json', further = '0', status = '0'] = process.argv.slice(2);
const { passed, failed, skipped } = count(path);
const failures = Math.max(failed, status === '0' ? 0 : 1) + Number(further);
console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failures > 0 || passed === 0 ? 1 : 0;

/** @param {string} file */
function count(file) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  /** @type {Report} */
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`no test report: ${error instanceof Error ? error.message : error}`);
    return { ...counts, failed: 1 };
  }
  for (const { status, assertionResults } of report.testResults) {
    const statuses = assertionResults.map((result) => result.status);
    if (status === 'failed' && !statuses.includes('failed')) counts.failed++;
    for (const one of statuses) {
      if (one === 'passed') counts.passed++;
      else if (one === 'failed') counts.failed++;
      else counts.skipped++;
    }
  }
  return counts;
}
