import { dot } from '../centroids.ts';
import { quantile, type SamplePairs } from './samplePairs.ts';

const ITERATIONS = 10;
/** A smaller part than this counts as a few outliers. */
const MIN_SHARE = 0.05;

/** Two unrelated parts of a sample. */
export interface Halves {
  /** Share of the rows in the smaller part. */
  readonly share: number;
  /** Median similarity inside the parts, and between them. */
  readonly inside: number;
  readonly across: number;
}

/**
 * Splits unit-length rows in two by spherical 2-means. The parts are unrelated when 95 % of the pairs inside
 * them are more similar than 95 % of the pairs between them. Rows of one model do not separate like this,
 * while rows of two models are orthogonal.
 */
export function twoHalves(rows: readonly Float32Array[], pairs: SamplePairs): Halves | undefined {
  const labels = split(rows);
  const second = labels.reduce((sum, label) => sum + label, 0);
  const share = Math.min(second, rows.length - second) / rows.length;
  if (share < MIN_SHARE) return undefined;
  const inside: number[] = [];
  const across: number[] = [];
  let pair = 0;
  for (let i = 0; i < pairs.rows; i++)
    for (let j = i + 1; j < pairs.rows; j++)
      (labels[i] === labels[j] ? inside : across).push(pairs.cosines[pair++]);
  const [a, b] = [inside, across].map((values) => Float32Array.from(values).sort());
  if (a.length === 0 || quantile(a, 0.05) <= quantile(b, 0.95)) return undefined;
  return { share, inside: quantile(a, 0.5), across: quantile(b, 0.5) };
}

/**
 * Part 0 or 1 of each row. Starts with the row least similar to the first row, and the row least similar to
 * that one.
 */
function split(rows: readonly Float32Array[]): Uint8Array {
  const start = leastSimilar(rows, rows[0]);
  let centers = [start, leastSimilar(rows, start)];
  const labels = new Uint8Array(rows.length);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    rows.forEach((row, i) => (labels[i] = dot(row, centers[1]) > dot(row, centers[0]) ? 1 : 0));
    centers = [0, 1].map((label) =>
      direction(
        rows.filter((_, i) => labels[i] === label),
        centers[label],
      ),
    );
  }
  return labels;
}

const leastSimilar = (rows: readonly Float32Array[], to: Float32Array): Float32Array =>
  rows.reduce((least, row) => (dot(row, to) < dot(least, to) ? row : least));

/** The mean of rows, scaled to unit length. Returns `fallback` when there are no rows. */
function direction(rows: readonly Float32Array[], fallback: Float32Array): Float32Array {
  const sum = new Float64Array(fallback.length);
  for (const row of rows) for (let d = 0; d < sum.length; d++) sum[d] += row[d];
  const norm = Math.hypot(...sum);
  return norm === 0 ? fallback : Float32Array.from(sum, (value) => value / norm);
}
