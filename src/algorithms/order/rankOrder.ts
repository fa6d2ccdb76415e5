import { radixSort } from './radixSort.ts';

/** The order of rows by one term, as keys for a radix sort. */
export interface RankKeys {
  /** One 64-bit key per row. Rows that come first have lower or equal keys. */
  readonly keys: BigUint64Array;
  /** True when rows with the same key are equal. */
  readonly exact: boolean;
}

/** One term of an ordering. The following terms decide between equal rows. */
export interface RankTerm {
  keys(): RankKeys;
  /** Returns a negative number when row a comes before row b. */
  compare(a: number, b: number): number;
}

/** Creates a term whose keys are computed at first use. */
export function rankTerm(makeKeys: () => RankKeys, compare: RankTerm['compare']): RankTerm {
  let keys: RankKeys | undefined;
  return { keys: () => (keys ??= makeKeys()), compare };
}

/** Below this number of rows, comparing rows is faster than a radix sort. */
const RADIX_ROWS = 2048;

/** The numbers of all rows in rank order. The last term must distinguish all rows. */
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

/** The rank of each row: 1 for the first row of an order. */
export function ranksOf(order: Int32Array): BigInt64Array {
  const ranks = new BigInt64Array(order.length);
  const words = new Uint32Array(ranks.buffer);
  for (let i = 0; i < order.length; i++) words[2 * order[i]] = i + 1;
  return ranks;
}
