import { distance } from 'fastest-levenshtein';

/** DuckDB's `Did you mean` for a misspelt name: the nearest names, nearest first; '' if none is near. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const near = candidates
    .map((candidate) => ({ candidate, edits: distance(name, candidate) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, candidate.length / 2))
    .toSorted((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ candidate }) => `"${candidate}"`);
  return near.length > 0 ? `Did you mean: ${near.join(', ')}` : '';
}
