import type { Simd } from '../../../simd/simd.ts';
import type { Tile } from '../products/tile.ts';

/**
 * Updates the sums of clusters for the rows of a tile whose label changed from `before` to `now`. −1 means
 * none.
 */
export function moveRows(simd: Simd, tile: Tile, before: Int32Array, now: Int32Array, sums: number): void {
  const moved = now.map((_, row) => row).filter((row) => before[row] !== now[row]);
  if (moved.length === 0) return;
  const { dim } = tile;
  const isPart = moved.length < tile.rows;
  const from = simd.allocate(moved.length * (isPart ? 8 + dim * 4 : 8));
  const to = from + moved.length * 4;
  try {
    simd.i32(from, moved.length).set(moved.map((row) => before[row]));
    simd.i32(to, moved.length).set(moved.map((row) => now[row]));
    const rows = isPart ? to + moved.length * 4 : tile.address;
    if (isPart) tile.copyRows(moved, rows);
    simd.call.moveSums(rows, moved.length, dim, from, to, sums);
  } finally {
    simd.free(from);
  }
}
