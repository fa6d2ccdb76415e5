import { TooManyPairs } from '../../kernels/above.ts';
import type { Above } from '../../kernels/kernels.ts';
import { countPairs, earlierInRange } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { BEST, workOf, type StepOptions } from '../step.ts';
import {
  comparedRows,
  countCompared,
  joined,
  placesIn,
  type ComparedRows,
  type RankedRows,
} from './clusterOrder.ts';
import { equalRows, type EqualRows } from './equalRows.ts';

/** Pairs of rows that are similar enough, each once. */
export interface SimilarPairs {
  readonly row: Int32Array;
  /** The one ranked before. */
  readonly other: Int32Array;
  /** Cosine, at most 1; exactly 1 for equal rows. */
  readonly score: Float32Array;
}

/** The rows to compare. */
export interface Compared extends RankedRows {
  /** The cluster of each row. */
  readonly cluster: Int32Array;
  readonly clusters: number;
}

/**
 * Every pair of rows of a cluster with a cosine of at least `score`, but for pairs of rows that stay. Rows with the same bytes
 * are compared with others once, and are similar to each other by definition.
 * @throws TooManyPairs for more than `limit` of them, with their exact number.
 */
export async function similarPairs(
  store: RowStore,
  compared: Compared,
  score: number,
  limit: number,
  options: StepOptions,
): Promise<SimilarPairs> {
  const kinds = new Kinds(equalRows(store, compared.order), compared);
  const { cluster, clusters } = compared;
  let found: FoundAbove;
  try {
    const firsts = comparedRows({ cluster }, clusters, kinds.ranked);
    found = await searchAbove(store, firsts, score, limit, options);
  } catch (error) {
    if (!(error instanceof TooManyPairs) || kinds.copied.length === 0) throw error;
    throw new TooManyPairs(await countAll(store, compared, kinds, score, options), limit);
  }
  const count = countExpanded(found, kinds);
  if (count > limit) throw new TooManyPairs(count, limit);
  return expand(found, kinds, count);
}

/** Pairs of rows that are similar enough, by number in `rows` and in the rows that stay. */
interface FoundAbove {
  readonly order: ComparedRows;
  readonly earlier: Above;
  /** With rows that stay. */
  readonly first?: Above;
}

/** @throws TooManyPairs with the exact number. */
async function searchAbove(
  store: RowStore,
  order: ComparedRows,
  score: number,
  limit: number,
  options: StepOptions,
): Promise<FoundAbove> {
  const { rows, offsets, staying } = order;
  const total = countCompared(order);
  let before = 0;
  const report = (done: number): void =>
    options.progress({ step: 'similar pairs', done: before + done, total, detail: 'pairs of rows' });
  report(0);
  const view = store.view(rows);
  const searches = [{ targets: view, pairs: earlierInRange(offsets) }];
  if (staying) {
    const pairs = { queries: offsets, targets: staying.offsets, earlier: false };
    searches.push({ targets: store.view(staying.rows), pairs });
  }
  const found: Above[] = [];
  let count = 0;
  for (const { targets, pairs } of searches) {
    const want = { kind: 'above', score, limit: Math.max(0, limit - count) } as const;
    try {
      const above = await options.kernels.search(view, targets, pairs, want, workOf(options, report));
      found.push(above);
      count += above.index.length;
    } catch (error) {
      if (!(error instanceof TooManyPairs)) throw error;
      count += error.count;
    }
    before += countPairs(pairs);
    report(0);
  }
  if (count > limit) throw new TooManyPairs(count, limit);
  const [earlier, first] = found;
  return { order, earlier, first };
}

/** Calls `take` with each pair of rows found. */
function forEachPair(
  { order: { rows, staying }, earlier, first }: FoundAbove,
  take: (a: number, b: number, score: number) => void,
): void {
  const each = ({ offsets, index, score }: Above, others: Int32Array): void => {
    for (let place = 0; place < rows.length; place++) {
      for (let i = offsets[place]; i < offsets[place + 1]; i++)
        take(rows[place], others[index[i]], Math.min(1, score[i]));
    }
  };
  each(earlier, rows);
  if (first && staying) each(first, staying.rows);
}

/** Rows by their bytes; a kind is named by its first row. */
class Kinds {
  /** By row its place in the order of all rows. */
  readonly places: Int32Array;
  /** The first row of each kind; kinds of which all rows stay come first. */
  readonly ranked: RankedRows;
  /** Kinds with several rows. */
  readonly copied: readonly number[];
  readonly #staying: number;
  readonly #rows: ReadonlyMap<number, readonly number[]>;

  constructor({ firsts, copies }: EqualRows, { order, staying = 0 }: RankedRows) {
    this.places = placesIn(order);
    this.#staying = staying;
    this.#rows = new Map(Array.from(copies, ([place, rows]) => [firsts[place], rows]));
    this.copied = [...this.#rows.keys()];
    const staysWhole = (first: number): boolean => this.stays(this.rowsOf(first).at(-1)!);
    const whole = firsts.filter(staysWhole);
    const others = firsts.filter((first) => !staysWhole(first));
    this.ranked = { order: joined(whole, others), staying: whole.length };
  }

  stays(row: number): boolean {
    return this.places[row] < this.#staying;
  }

  /** All rows of a kind, in order. */
  rowsOf(first: number): readonly number[] {
    return this.#rows.get(first) ?? [first];
  }

  /** Pairs of a row of each kind, or of two rows of one, that do not both stay. */
  pairsBetween(a: number, b: number): number {
    if (!this.#rows.has(a) && !this.#rows.has(b)) return 1;
    const [x, y] = [this.rowsOf(a), this.rowsOf(b)];
    const [xStay, yStay] = [x, y].map((rows) => rows.filter((row) => this.stays(row)).length);
    if (a === b) return (x.length * (x.length - 1) - xStay * (xStay - 1)) / 2;
    return x.length * y.length - xStay * yStay;
  }
}

/** The number of pairs when not even those of different rows fit: all rows are compared, and equal ones added that fall short. */
async function countAll(
  store: RowStore,
  compared: Compared,
  kinds: Kinds,
  score: number,
  options: StepOptions,
): Promise<number> {
  const all = comparedRows({ cluster: compared.cluster }, compared.clusters, compared);
  const found = await searchAbove(store, all, score, 0, options).then(
    () => 0,
    (error: unknown) => {
      if (error instanceof TooManyPairs) return error.count;
      throw error;
    },
  );
  // What arithmetic makes of a row and its copy.
  const { copied } = kinds;
  const view = store.view(Int32Array.from(copied));
  const offsets = Float64Array.from({ length: copied.length + 1 }, (_, i) => i);
  const itself = { queries: offsets, targets: offsets, earlier: false };
  const own = await options.kernels.search(view, view, itself, BEST, workOf(options));
  return copied.reduce(
    (sum, kind, i) => (own.score[i] >= score ? sum : sum + kinds.pairsBetween(kind, kind)),
    found,
  );
}

function countExpanded(found: FoundAbove, kinds: Kinds): number {
  let count = kinds.copied.reduce((sum, kind) => sum + kinds.pairsBetween(kind, kind), 0);
  forEachPair(found, (a, b) => (count += kinds.pairsBetween(a, b)));
  return count;
}

/** All pairs, those of copies too. */
function expand(found: FoundAbove, kinds: Kinds, count: number): SimilarPairs {
  const pairs = { row: new Int32Array(count), other: new Int32Array(count), score: new Float32Array(count) };
  const { places } = kinds;
  let at = 0;
  const add = (a: number, b: number, similarity: number): void => {
    if (kinds.stays(a) && kinds.stays(b)) return;
    const isLater = places[a] > places[b];
    pairs.row[at] = isLater ? a : b;
    pairs.other[at] = isLater ? b : a;
    pairs.score[at++] = similarity;
  };
  forEachPair(found, (a, b, similarity) => {
    for (const row of kinds.rowsOf(a)) for (const other of kinds.rowsOf(b)) add(row, other, similarity);
  });
  for (const kind of kinds.copied) {
    const rows = kinds.rowsOf(kind);
    rows.forEach((row, i) => rows.slice(0, i).forEach((other) => add(row, other, 1)));
  }
  return pairs;
}
