/** The similarities of all pairs of rows of a sample. */
export interface SamplePairs {
  readonly rows: number;
  /** Cosines by pair: (0, 1), (0, 2), …, (1, 2), … */
  readonly cosines: Float32Array;
}

/** Number of rows after which other events are processed. */
const TURN_ROWS = 50;

/** Compares unit-length rows in float64. `onTurn` receives the number of rows done so far. */
export async function samplePairs(
  rows: readonly Float32Array[],
  onTurn: (done: number) => void,
): Promise<SamplePairs> {
  const cosines = new Float32Array((rows.length * (rows.length - 1)) / 2);
  let pair = 0;
  for (let i = 0; i < rows.length; i++) {
    const a = rows[i];
    for (let j = i + 1; j < rows.length; j++) {
      cosines[pair++] = Math.min(1, dot(a, rows[j]));
    }
    if (i % TURN_ROWS > 0) continue;
    onTurn(i);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { rows: rows.length, cosines };
}

/** The dot product, in float64. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
}

/** The quantile `q` of sorted values, as in DuckDB's `quantile_disc`. */
export const quantile = (sorted: Float32Array, q: number): number =>
  sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];

/** The eps that contains the given share of the pairs, and at least one pair. */
export const epsOfClosest = (sorted: Float32Array, share: number): number =>
  Math.max(0, 1 - sorted[sorted.length - Math.max(1, Math.ceil(share * sorted.length))]);
