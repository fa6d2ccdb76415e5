import { countPairs, everything } from '../kernels/pairs.ts';
import type { Top } from '../kernels/kernels.ts';
import type { RowStore } from '../rows/rowStore.ts';
import type { RowView } from '../rows/rowView.ts';
import { EQUAL_SCORE } from './scores.ts';
import { workFor, type StepOptions } from './step.ts';

/** Neighbours of queries, ordered by query, nearest first. */
export interface Neighbors {
  /** Row number of the query. */
  readonly query: Int32Array;
  /** Row number in the relation. */
  readonly neighbor: Int32Array;
  /** 1 for the nearest. */
  readonly rank: Int32Array;
  /** Cosine similarity in [-1, 1]. Exactly 1 for equal rows. */
  readonly score: Float32Array;
}

/** The searched rows. Ties go to the row that comes first. */
export interface Targets {
  readonly view: RowView;
  /** By row of the view, the row of the relation. */
  readonly order: Int32Array;
  /** A hash of the bytes of a row of the relation. */
  hash(row: number): number;
}

/** Options of a search for the nearest rows. */
export interface NearestOptions {
  /** Maximum number of neighbours per query. */
  readonly k: number;
  /** Neighbours with a lower cosine similarity are omitted. */
  readonly minScore: number;
  /** True when the queries are the rows of the relation. A row is then not its own neighbour. */
  readonly isSame: boolean;
}

/** Finds the k most similar rows of each query. Ties go to the first in the order of the targets. */
export async function nearest(
  queries: RowStore,
  targets: Targets,
  { k, minScore, isSame }: NearestOptions,
  options: StepOptions,
): Promise<Neighbors> {
  const count = queries.rows;
  const wanted = Math.min(isSame ? k + 1 : k, targets.order.length);
  const pairs = everything(count, targets.order.length);
  const total = countPairs(pairs);
  const report = (done: number): void =>
    options.progress({ step: 'nearest', done, total, detail: 'pairs of rows' });
  report(0);
  const view = queries.view();
  const mode = { kind: 'top', k: wanted } as const;
  const top = await options.kernels.search(view, targets.view, pairs, mode, workFor(options, report));
  report(total);
  const equals = new EqualTargets(queries, targets, wanted);
  const found = new NeighborList(count, Math.min(k, wanted));
  for (let row = 0; row < count; row++) {
    const candidates = candidatesOf(top, row, wanted, equals);
    for (const { place, score } of candidates) {
      const neighbor = targets.order[place];
      if (isSame && neighbor === row) continue;
      if (score < minScore || !found.add(row, neighbor, score)) break;
    }
  }
  return found.finish();
}

interface Candidate {
  readonly place: number;
  readonly score: number;
}

/** The candidates that a search found for a row, and the rows equal to it, best first. */
function candidatesOf(top: Top, row: number, k: number, equals: EqualTargets): Candidate[] {
  const candidates: Candidate[] = [];
  const from = row * k;
  // The computed score of an equal row can be slightly lower than the score of an almost equal row.
  const equal = top.score[from] > EQUAL_SCORE ? equals.of(row) : [];
  const known = new Set(equal);
  for (const place of equal) candidates.push({ place, score: 1 });
  for (let i = from; i < from + k && top.index[i] >= 0; i++) {
    const place = top.index[i];
    if (known.has(place)) continue;
    candidates.push({ place, score: Math.max(-1, Math.min(1, top.score[i])) });
  }
  // The search returns them sorted, except for scores that are set to 1.
  if (equal.length > 0 || top.score[from] > 1)
    candidates.sort((a, b) => b.score - a.score || a.place - b.place);
  return candidates;
}

/** Finds the targets with the same bytes as a query. */
class EqualTargets {
  readonly #queries: RowStore;
  readonly #targets: Targets;
  readonly #most: number;
  #places: Map<number, number[]> | undefined;

  /** `most` is the maximum number of targets per query. The first ones are returned. */
  constructor(queries: RowStore, targets: Targets, most: number) {
    this.#queries = queries;
    this.#targets = targets;
    this.#most = most;
  }

  of(row: number): readonly number[] {
    this.#places ??= this.#byHash();
    return this.#places.get(this.#queries.hash(row)) ?? [];
  }

  #byHash(): Map<number, number[]> {
    const places = new Map<number, number[]>();
    // A Map holds at most 2²⁴ entries, and there may be more targets.
    const wanted = new Set(Array.from({ length: this.#queries.rows }, (_, row) => this.#queries.hash(row)));
    const { order } = this.#targets;
    for (let place = 0; place < order.length; place++) {
      const hash = this.#targets.hash(order[place]);
      if (!wanted.has(hash)) continue;
      const known = places.get(hash);
      if (!known) places.set(hash, [place]);
      else if (known.length < this.#most) known.push(place);
    }
    return places;
  }
}

/** Collects neighbours as they are found. */
class NeighborList {
  readonly #k: number;
  readonly #query: Int32Array;
  readonly #neighbor: Int32Array;
  readonly #rank: Int32Array;
  readonly #score: Float32Array;
  #count = 0;

  constructor(queries: number, k: number) {
    const most = queries * k;
    this.#k = k;
    this.#query = new Int32Array(most);
    this.#neighbor = new Int32Array(most);
    this.#rank = new Int32Array(most);
    this.#score = new Float32Array(most);
  }

  /** Adds the next neighbour of a query. Returns false when the query already has k. */
  add(query: number, neighbor: number, score: number): boolean {
    const last = this.#count - 1;
    const rank = last >= 0 && this.#query[last] === query ? this.#rank[last] + 1 : 1;
    if (rank > this.#k) return false;
    this.#query[this.#count] = query;
    this.#neighbor[this.#count] = neighbor;
    this.#rank[this.#count] = rank;
    this.#score[this.#count] = score;
    this.#count++;
    return true;
  }

  finish(): Neighbors {
    const [query, neighbor, rank] = [this.#query, this.#neighbor, this.#rank].map((values) =>
      values.subarray(0, this.#count),
    );
    return { query, neighbor, rank, score: this.#score.subarray(0, this.#count) };
  }
}
