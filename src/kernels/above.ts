import type { Above } from './kernels.ts';

/** Thrown by a search that found more pairs than its limit. It returns no pairs. */
export class TooManyPairs extends Error {
  /** Total number of pairs found. */
  readonly count: number;

  constructor(count: number, limit: number) {
    super(`search: ${count} pairs are more than ${limit}`);
    this.name = 'TooManyPairs';
    this.count = count;
  }
}

/** The pairs that a search found for consecutive queries, beginning with number `start`. */
export interface QueryPairs {
  readonly start: number;
  /** Pairs per query. */
  readonly counts: Int32Array;
  /** Targets, grouped by query, in ascending order per query. */
  readonly index: Int32Array;
  readonly score: Float32Array;
}

/** The minimum score per query, in memory that threads share. */
export function minScores(score: number | Float32Array, queries: number): Float32Array {
  const least = new Float32Array(new SharedArrayBuffer(queries * 4));
  if (typeof score === 'number') least.fill(roundUpToFloat32(score));
  else least.set(score);
  return least;
}

/** The smallest float32 that is not below a score. */
function roundUpToFloat32(score: number): number {
  const rounded = Math.fround(score);
  return rounded < score ? nextUp(rounded) : rounded;
}

function nextUp(value: number): number {
  const float = Float32Array.of(value);
  const bits = new Int32Array(float.buffer);
  if (value === 0) return 2 ** -149;
  bits[0] += value > 0 ? 1 : -1;
  return float[0];
}

/** The results of several queries. */
export function joinPairs(queries: number, pairs: readonly QueryPairs[]): Above {
  const offsets = new Float64Array(queries + 1);
  for (const { start, counts } of pairs) offsets.set(counts, start + 1);
  for (let query = 0; query < queries; query++) offsets[query + 1] += offsets[query];
  const index = new Int32Array(offsets[queries]);
  const score = new Float32Array(offsets[queries]);
  for (const found of pairs) {
    index.set(found.index, offsets[found.start]);
    score.set(found.score, offsets[found.start]);
  }
  return { offsets, score, index };
}
