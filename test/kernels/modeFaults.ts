import type { Above, SearchResult, Pairs, Top, SearchMode } from '../../src/kernels/kernels.ts';
import { TOLERANCE, bestFaults, dot } from './naive.ts';

/** The arguments of a search, as plain values. */
export interface Given {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly dim: number;
  readonly pairs: Pairs;
  readonly bias?: Float32Array;
}

/** The targets that query `row` is compared with: `start` to `end` (exclusive). */
export function targetsOf({ queries, targets, earlier }: Pairs, row: number): [start: number, end: number] {
  for (let r = 0; r + 1 < queries.length; r++) {
    if (row >= queries[r] && row < queries[r + 1]) return [targets[r], earlier ? row : targets[r + 1]];
  }
  return [0, 0];
}

/** Products and scores of a query with its targets, in float64. */
class Exact {
  readonly start: number;
  readonly end: number;
  readonly products: Float64Array;
  readonly scores: Float64Array;

  constructor({ x, y, dim, pairs, bias }: Given, row: number) {
    [this.start, this.end] = targetsOf(pairs, row);
    const targets = this.end - this.start;
    this.products = Float64Array.from({ length: targets }, (_, i) => dot(x, row, y, this.start + i, dim));
    this.scores = this.products.map((product, i) => product + (bias?.[this.start + i] ?? 0));
  }

  has(target: number): boolean {
    return target >= this.start && target < this.end;
  }

  product(target: number): number {
    return this.products[target - this.start];
  }

  score(target: number): number {
    return this.scores[target - this.start];
  }

  /** A target with a score above `least` that `listed` does not contain. */
  missing(least: number, listed: ArrayLike<number>): number | undefined {
    const known = new Set(Array.from(listed));
    const lost = this.scores.findIndex((score, i) => score > least && !known.has(this.start + i));
    return lost < 0 ? undefined : this.start + lost;
  }
}

/** Lists the faults of a search result, compared with a float64 search. */
export function modeFaults(mode: SearchMode, found: SearchResult, given: Given): string[] {
  const rows = given.x.length / given.dim;
  if (mode.kind === 'above') return aboveFaults(mode.score, found as Above, given, rows);
  if (mode.kind === 'top') return topFaults(mode.k, found as Top, given, rows);
  if (!given.bias) {
    return bestFaults(found as Top, given.x, given.y, given.dim, (row) => targetsOf(given.pairs, row));
  }
  return topFaults(1, found as Top, given, rows);
}

function topFaults(k: number, { score, index }: Top, given: Given, rows: number): string[] {
  if (score.length !== rows * k || index.length !== rows * k) return ['wrong length'];
  return Array.from({ length: rows }, (_, row) => {
    const exact = new Exact(given, row);
    const own = index.subarray(row * k, (row + 1) * k);
    const scores = score.subarray(row * k, (row + 1) * k);
    const count = Math.min(k, exact.scores.length);
    const name = `row ${row}: ${[...own].join(' ')}`;
    if (own.subarray(count).some((t) => t !== -1) || scores.subarray(count).some((s) => s !== -Infinity)) {
      return `${name}: more than ${count}`;
    }
    const listed = own.subarray(0, count);
    if (new Set(listed).size !== count || listed.some((t) => !exact.has(t))) return `${name}: not targets`;
    for (let i = 0; i < count; i++) {
      const product = exact.product(listed[i]);
      if (!(Math.abs(scores[i] - product) <= TOLERANCE)) return `${name}: score ${scores[i]}, not ${product}`;
      if (i === 0) continue;
      if (exact.score(listed[i - 1]) < exact.score(listed[i]) - 2 * TOLERANCE)
        return `${name}: ${listed[i]} before ${listed[i - 1]}`;
      if (given.bias) continue;
      if (scores[i] > scores[i - 1]) return `${name}: not best first`;
      if (scores[i] === scores[i - 1] && listed[i] < listed[i - 1]) return `${name}: ties not in order`;
    }
    const least = Math.min(...Array.from(listed, (t) => exact.score(t)));
    const better = exact.missing(least + 2 * TOLERANCE, listed);
    return better === undefined ? '' : `${name}: without ${better}`;
  }).filter((fault) => fault !== '');
}

function aboveFaults(
  least: number | Float32Array,
  { offsets, score, index }: Above,
  given: Given,
  rows: number,
): string[] {
  if (offsets.length !== rows + 1 || offsets[0] !== 0) return ['wrong offsets'];
  if (index.length !== offsets[rows] || score.length !== index.length) return ['wrong length'];
  return Array.from({ length: rows }, (_, row) => {
    const exact = new Exact(given, row);
    const threshold = typeof least === 'number' ? least : least[row];
    const own = index.subarray(offsets[row], offsets[row + 1]);
    const scores = score.subarray(offsets[row], offsets[row + 1]);
    const name = `row ${row}: ${[...own].join(' ')}`;
    for (let i = 0; i < own.length; i++) {
      if (!exact.has(own[i])) return `${name}: ${own[i]} is no target`;
      if (i > 0 && own[i] <= own[i - 1]) return `${name}: not ascending`;
      const product = exact.product(own[i]);
      if (!(Math.abs(scores[i] - product) <= TOLERANCE)) return `${name}: ${scores[i]}, not ${product}`;
      if (exact.score(own[i]) < threshold - TOLERANCE) return `${name}: ${own[i]} is below ${threshold}`;
    }
    const lost = exact.missing(threshold + TOLERANCE, own);
    return lost === undefined ? '' : `${name}: without ${lost}, ${exact.score(lost)} of ${threshold}`;
  }).filter((fault) => fault !== '');
}
