import { dot, quantile, type SamplePairs } from './samplePairs.ts';

const ITERATIONS = 10;
/** A smaller part is a few odd rows, not a half. */
const LEAST_SHARE = 0.05;

/** Two parts of a sample that have nothing to do with each other. */
export interface Halves {
  /** Share of the rows in the smaller part. */
  readonly share: number;
  /** Median similarity inside the parts, and across. */
  readonly inside: number;
  readonly across: number;
}

/**
 * Splits rows of unit length in two by spherical 2-means. They are two halves when nearly all pairs inside (95 %) are more similar than
 * nearly all pairs across: rows of one model do not come apart like that, while those of two models are at right angles.
 */
export function twoHalves(rows: readonly Float32Array[], pairs: SamplePairs): Halves | undefined {
  const labels = split(rows);
  const second = labels.reduce((sum, label) => sum + label, 0);
  const share = Math.min(second, rows.length - second) / rows.length;
  if (share < LEAST_SHARE) return undefined;
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

/** 0 or 1 for each row. It begins with the row least like the first one, and the row least like that. */
function split(rows: readonly Float32Array[]): Uint8Array {
  const start = leastLike(rows, rows[0]);
  let centers = [start, leastLike(rows, start)];
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

const leastLike = (rows: readonly Float32Array[], to: Float32Array): Float32Array =>
  rows.reduce((least, row) => (dot(row, to) < dot(least, to) ? row : least));

/** The mean of rows, of unit length; `fallback` where there is none. */
function direction(rows: readonly Float32Array[], fallback: Float32Array): Float32Array {
  const sum = new Float64Array(fallback.length);
  for (const row of rows) for (let d = 0; d < sum.length; d++) sum[d] += row[d];
  const norm = Math.hypot(...sum);
  return norm === 0 ? fallback : Float32Array.from(sum, (value) => value / norm);
}
