import { readFileSync } from 'node:fs';

/** The parsed JSON of test/parity/fixtures/`name`. */
export function readFixture<T>(name: string): T {
  const path = new URL(`./fixtures/${name}`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
