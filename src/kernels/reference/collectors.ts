import type { Above, Best, SearchResult, Top, SearchMode } from '../kernels.ts';
import { noneFound } from '../pairs.ts';
import { TooManyPairs } from '../above.ts';

/** Receives the compared pairs. The targets of a query come in ascending order. */
export interface Collector<R = SearchResult> {
  /** `score` is `product` plus the bias of a centroid. */
  offer(query: number, target: number, product: number, score: number): void;
  result(): R;
}

/** Creates the collector of a search mode for `queries` queries. */
export function createCollector(mode: SearchMode, queries: number): Collector {
  switch (mode.kind) {
    case 'best':
      return new BestCollector(queries);
    case 'top':
      return new TopCollector(queries, mode.k);
    case 'above':
      return new AboveCollector(queries, mode.score, mode.limit ?? Infinity);
  }
}

class BestCollector implements Collector<Best> {
  readonly #best: Best;
  readonly #highest: Float32Array;

  constructor(queries: number) {
    this.#best = noneFound(queries);
    this.#highest = new Float32Array(queries).fill(-Infinity);
  }

  offer(query: number, target: number, product: number, score: number): void {
    if (score <= this.#highest[query]) return;
    this.#highest[query] = score;
    this.#best.score[query] = product;
    this.#best.index[query] = target;
  }

  result(): Best {
    return this.#best;
  }
}

class TopCollector implements Collector<Top> {
  readonly #k: number;
  readonly #top: Top;
  readonly #highest: Float32Array;

  constructor(queries: number, k: number) {
    this.#k = k;
    this.#top = noneFound(queries * k);
    this.#highest = new Float32Array(queries * k).fill(-Infinity);
  }

  offer(query: number, target: number, product: number, score: number): void {
    const { score: products, index } = this.#top;
    const highest = this.#highest;
    const [first, last] = [query * this.#k, (query + 1) * this.#k - 1];
    if (score <= highest[last]) return;
    let at = last;
    for (; at > first && score > highest[at - 1]; at--) {
      highest[at] = highest[at - 1];
      products[at] = products[at - 1];
      index[at] = index[at - 1];
    }
    highest[at] = score;
    products[at] = product;
    index[at] = target;
  }

  result(): Top {
    return this.#top;
  }
}

class AboveCollector implements Collector<Above> {
  readonly #least: number | Float32Array;
  readonly #limit: number;
  readonly #found: { readonly index: number[]; readonly score: number[] }[];
  #count = 0;

  constructor(queries: number, least: number | Float32Array, limit: number) {
    this.#least = least;
    this.#limit = limit;
    this.#found = Array.from({ length: queries }, () => ({ index: [], score: [] }));
  }

  offer(query: number, target: number, product: number, score: number): void {
    const least = this.#least;
    if (!(score >= (typeof least === 'number' ? least : least[query]))) return;
    if (++this.#count > this.#limit) return;
    this.#found[query].index.push(target);
    this.#found[query].score.push(product);
  }

  result(): Above {
    if (this.#count > this.#limit) throw new TooManyPairs(this.#count, this.#limit);
    const offsets = new Float64Array(this.#found.length + 1);
    this.#found.forEach(({ index }, query) => (offsets[query + 1] = offsets[query] + index.length));
    const score = new Float32Array(this.#count);
    const index = new Int32Array(this.#count);
    this.#found.forEach((found, query) => {
      score.set(found.score, offsets[query]);
      index.set(found.index, offsets[query]);
    });
    return { offsets, score, index };
  }
}
