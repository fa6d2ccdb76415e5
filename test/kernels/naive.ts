import type { Best, Centroids } from '../../src/kernels/kernels.ts';

/** Tolerance of scores compared with float64. Candidates whose scores differ by less may be swapped. */
export const TOLERANCE = 2e-6;

export function dot(a: Float32Array, i: number, b: Float32Array, j: number, dim: number): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += a[i * dim + d] * b[j * dim + d];
  return sum;
}

/** The rows that row `row` of x is compared with: `start` to `end` (exclusive). */
export type Candidates = (row: number) => readonly [start: number, end: number];

/** The earlier rows of a row's cluster. */
export function earlierRows(offsets: Float64Array): Candidates {
  const start = new Uint32Array(offsets.at(-1) ?? 0);
  for (let c = 0; c + 1 < offsets.length; c++) start.fill(offsets[c], offsets[c], offsets[c + 1]);
  return (row) => [start[row], row];
}

/** Lists the faults of `found` per row, compared with a float64 search over each row's candidates in `y`. */
export function bestFaults(
  found: Best,
  x: Float32Array,
  y: Float32Array,
  dim: number,
  candidates: Candidates,
): string[] {
  const { score, index } = found;
  if (score.length !== x.length / dim || index.length !== score.length) return ['wrong length'];
  return Array.from(index).flatMap((chosen, row) => {
    const [start, end] = candidates(row);
    if (start === end) {
      return chosen === -1 && score[row] === -Infinity ? [] : [`row ${row}: ${chosen} where there is none`];
    }
    let best = -Infinity;
    for (let other = start; other < end; other++) best = Math.max(best, dot(x, row, y, other, dim));
    if (chosen < start || chosen >= end) return [`row ${row}: ${chosen}, not in ${start} to ${end}`];
    const ofChosen = dot(x, row, y, chosen, dim);
    const right = ofChosen >= best - TOLERANCE && Math.abs(score[row] - best) <= TOLERANCE;
    return right ? [] : [`row ${row}: ${score[row]} with ${chosen} (${ofChosen}), not ${best}`];
  });
}

/** The positions at which `values` and `exact` differ by more than `allowed`. */
export function farFrom(values: Float32Array, exact: ArrayLike<number>, allowed = TOLERANCE): number[] {
  return Array.from(values.keys()).filter((i) => !(Math.abs(values[i] - exact[i]) <= allowed));
}

/** The score of each centroid for a row, in float64. */
export function centroidScores(
  x: Float32Array,
  row: number,
  { k, dim, values, bias }: Centroids,
): Float64Array {
  return Float64Array.from({ length: k }, (_, c) => dot(x, row, values, c, dim) + bias[c]);
}

/** Centroids with the bias of k-means, −‖c‖²/2. */
export function centroidsOf(values: Float32Array, dim: number): Centroids {
  const k = values.length / dim;
  const bias = Float32Array.from({ length: k }, (_, c) => -dot(values, c, values, c, dim) / 2);
  return { k, dim, values, bias };
}
