import type { RankedPairs } from './rankedPairs.ts';

/**
 * Rule `components`. Returns, by row, the first row of its connected component, or the row itself if it
 * is exempt. A component can contain several exempt rows. Uses union–find with path halving.
 */
export function componentRows(
  { offsets, other, first }: RankedPairs,
  isExempt: (row: number) => boolean,
): Int32Array {
  // A root is the first row of its tree, so parents are ranked before their children.
  const parent = first.slice();
  const root = (row: number): number => {
    while (parent[row] !== row) row = parent[row] = parent[parent[row]];
    return row;
  };
  for (let row = 0; row < parent.length; row++) {
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      const a = root(row);
      const b = root(other[i]);
      parent[Math.max(a, b)] = Math.min(a, b);
    }
  }
  for (let row = 0; row < parent.length; row++) parent[row] = parent[parent[row]];
  return parent.map((kept, row) => (isExempt(row) ? row : kept));
}
