// The nearest known name to a misspelt one.
import { describe } from './errors.js';

/** In lower case without punctuation, so that batch_size equals batchSize. */
export function normalName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** ` (did you mean 'x'?)` for the name nearest to `value`, or '' if none is near. */
export function didYouMean(value: unknown, names: readonly string[]): string {
  const nearest = nearestName(value, names);
  return nearest === undefined ? '' : ` (did you mean ${describe(nearest)}?)`;
}

/** The name with the least edit distance to `value`, at most a third of its length. */
export function nearestName(value: unknown, names: readonly string[]): string | undefined {
  if (typeof value !== 'string' || value.length > 40) return undefined;
  const typed = normalName(value);
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(typed, normalName(name));
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

/** Levenshtein distance: fewest insertions, deletions and replacements of one character. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replace, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
