import { radixSort } from './radixSort.ts';

/** The order of rows in one term, as a radix sort takes it. */
export interface RankKeys {
  /** 64 bits per row, lower for rows that come first, as far as 64 bits tell. */
  readonly keys: BigUint64Array;
  /** True when rows with the same key are equals. */
  readonly exact: boolean;
}

/** One term of an ordering; the terms after it decide among its equals. */
export interface RankTerm {
  keys(): RankKeys;
  /** Negative when row a comes before row b. */
  compare(a: number, b: number): number;
}

/** A term whose keys are made once, when they are needed. */
export function rankTerm(makeKeys: () => RankKeys, compare: RankTerm['compare']): RankTerm {
  let keys: RankKeys | undefined;
  return { keys: () => (keys ??= makeKeys()), compare };
}

/** Below this, comparing rows is faster than counting digits. */
const RADIX_ROWS = 2048;

/** The numbers of all rows, first-ranked first. The last term tells all rows apart. */
export function rankOrder(rows: number, terms: readonly RankTerm[]): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  sort(order, terms);
  return order;
}

/** Sorts rows in place. */
function sort(rows: Int32Array, terms: readonly RankTerm[]): void {
  if (rows.length < RADIX_ROWS) {
    rows.sort(comparing(terms));
    return;
  }
  const [term, ...others] = terms;
  const compareAll = comparing(terms);
  const { keys, exact } = term.keys();
  rows.set(radixSort(keys, rows));
  const words = new Uint32Array(keys.buffer, keys.byteOffset, keys.length * 2);
  const sameKey = (a: number, b: number): boolean =>
    words[2 * a] === words[2 * b] && words[2 * a + 1] === words[2 * b + 1];
  for (let start = 0, end = 0; start < rows.length; start = end) {
    for (end = start + 1; end < rows.length && sameKey(rows[start], rows[end]); end++);
    if (end - start === 1) continue;
    if (exact && others.length === 0) continue;
    const equals = rows.subarray(start, end);
    if (!exact || equals.length < RADIX_ROWS) equals.sort(compareAll);
    else sort(equals, others);
  }
}

function comparing(terms: readonly RankTerm[]): RankTerm['compare'] {
  const [term, ...others] = terms;
  if (others.length === 0) return (a, b) => term.compare(a, b);
  const rest = comparing(others);
  return (a, b) => term.compare(a, b) || rest(a, b);
}

/** By row its rank: 1 for the first row of an order. */
export function ranksOf(order: Int32Array): BigInt64Array {
  const ranks = new BigInt64Array(order.length);
  const words = new Uint32Array(ranks.buffer);
  for (let i = 0; i < order.length; i++) words[2 * order[i]] = i + 1;
  return ranks;
}
