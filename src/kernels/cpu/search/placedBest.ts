import type { Simd } from '../../../simd/simd.ts';
import type { Best } from '../../kernels.ts';

/** Best score and index so far of some rows, in SIMD memory. */
export interface PlacedBest {
  readonly score: number;
  readonly index: number;
}

/** Scores and indexes of `rows` rows, nothing found yet. `score` is to be freed. */
export function placeBest(simd: Simd, rows: number): PlacedBest {
  const score = simd.allocate(rows * 8);
  const index = score + rows * 4;
  simd.f32(score, rows).fill(-Infinity);
  simd.i32(index, rows).fill(-1);
  return { score, index };
}

/** Those of the rows from `row` on. */
export const fromRow = ({ score, index }: PlacedBest, row: number): PlacedBest => ({
  score: score + row * 4,
  index: index + row * 4,
});

/** Writes what `rows` rows found to `best` from row `start` on. */
export function writeBest(simd: Simd, found: PlacedBest, rows: number, best: Best, start: number): void {
  best.score.set(simd.f32(found.score, rows), start);
  best.index.set(simd.i32(found.index, rows), start);
}
