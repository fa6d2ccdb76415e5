import { Simd } from '../../simd/simd.ts';

/** The similarities of all pairs of rows of a sample. */
export interface SamplePairs {
  readonly rows: number;
  /** Cosines by pair: (0, 1), (0, 2), …, (1, 2), … */
  readonly cosines: Float32Array;
}

const FLOAT_BYTES = 4;
/** Number of rows after which other events are processed. */
const TURN_ROWS = 50;

/**
 * Compares unit-length rows, with the scores that `pairwise` gives them. `onTurn` receives the number of rows
 * done so far.
 */
export async function samplePairs(
  rows: readonly Float32Array[],
  onTurn: (done: number) => void,
): Promise<SamplePairs> {
  const [count, dim] = [rows.length, rows[0].length];
  const simd = new Simd();
  const x = simd.allocate(count * dim * FLOAT_BYTES);
  const scores = simd.allocate(count * FLOAT_BYTES);
  const at = (row: number): number => x + row * dim * FLOAT_BYTES;
  rows.forEach((row, i) => simd.f32(at(i), dim).set(row));
  const cosines = new Float32Array((count * (count - 1)) / 2);
  let pair = 0;
  for (let i = 0; i < count; i++) {
    const others = count - i - 1;
    simd.call.dots(at(i + 1), others, dim, at(i), scores);
    for (const score of simd.f32(scores, others)) cosines[pair++] = Math.min(1, score);
    if (i % TURN_ROWS > 0) continue;
    onTurn(i);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { rows: count, cosines };
}

/** The quantile `q` of sorted values, as in DuckDB's `quantile_disc`. */
export const quantile = (sorted: Float32Array, q: number): number =>
  sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];

/** The eps that contains the given share of the pairs, and at least one pair. */
export const epsOfClosest = (sorted: Float32Array, share: number): number =>
  Math.max(0, 1 - sorted[sorted.length - Math.max(1, Math.ceil(share * sorted.length))]);
