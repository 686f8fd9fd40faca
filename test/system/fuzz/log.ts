/** What the child writes of a case, a line each. */
export type Entry =
  | { readonly kind: 'began'; readonly seed: number; readonly name: string; readonly size: number }
  | { readonly kind: 'ended'; readonly seed: number; readonly succeeded: boolean }
  | { readonly kind: 'failed'; readonly seed: number; readonly reason: string };

export function readLog(text: string): Entry[] {
  const lines = text.split('\n');
  // The last line may have been cut short; each of the others is whole.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Entry);
}
