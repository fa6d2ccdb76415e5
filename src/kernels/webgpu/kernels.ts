import { invalidInputError } from '../../errors.ts';
import type { RowView } from '../../rows/rowView.ts';
import { joinPairs, minScores, TooManyPairs } from '../above.ts';
import type { Centroids, SearchResult, Kernels, LloydState, Pairs, SearchMode, Work } from '../kernels.ts';
import { checkSearch, countPairs, everything, isCentroids, noneFound } from '../pairs.ts';
import { PairList } from '../pairList.ts';
import { Call } from './call.ts';
import type { GpuDevice } from './device/gpuDevice.ts';
import type { Readback } from './device/readback.ts';
import type { Residency } from './residency.ts';
import { paddedDim } from './rows/deviceRows.ts';
import { isOutOfMemory } from './rows/heldStores.ts';
import type { BatchSearch, Search } from './search/batchSearch.ts';
import { startIndexes } from './search/best/bestResults.ts';
import type { Matcher } from './search/matcher.ts';
import type { Matchers } from './search/matchers.ts';
import type { AboveMatcher } from './search/scores/aboveMatcher.ts';
import type { LabelSums } from './sums/labelSums.ts';

/** The components of the kernels. */
export interface WebGpuParts {
  readonly gpu: GpuDevice;
  readonly residency: Residency;
  readonly batchSearch: BatchSearch;
  readonly matchers: Matchers;
  readonly labelSums: LabelSums;
  readonly readback: Readback;
}

/** A tiled search over batches of rows, and exact sums by label. */
export class WebGpuKernels implements Kernels {
  readonly name = 'webgpu';
  readonly device: string;
  readonly #gpu: GpuDevice;
  readonly #residency: Residency;
  readonly #batchSearch: BatchSearch;
  readonly #matchers: Matchers;
  readonly #labelSums: LabelSums;
  readonly #readback: Readback;

  constructor({ gpu, residency, batchSearch, matchers, labelSums, readback }: WebGpuParts) {
    this.device = gpu.name;
    this.#gpu = gpu;
    this.#residency = residency;
    this.#batchSearch = batchSearch;
    this.#matchers = matchers;
    this.#labelSums = labelSums;
    this.#readback = readback;
  }

  async search<W extends SearchMode>(
    queries: RowView,
    targets: RowView | Centroids,
    pairs: Pairs,
    mode: W,
    work: Work,
  ): Promise<SearchResult<W>> {
    checkSearch(queries, targets, pairs, mode);
    return (await this.#find({ queries, targets, pairs }, mode, work)) as SearchResult<W>;
  }

  async #find(search: Search, mode: SearchMode, work: Work): Promise<SearchResult> {
    const { queries, targets } = search;
    const rows = queries.count;
    const bias = isCentroids(targets) ? targets.bias : undefined;
    if (mode.kind !== 'above') {
      const found = noneFound(mode.kind === 'top' ? rows * mode.k : rows);
      await this.#search(search, work, async () =>
        mode.kind === 'top' ? this.#matchers.top(mode.k, found, bias) : this.#matchers.best(found, bias),
      );
      return found;
    }
    const { score, limit = Infinity } = mode;
    const least = minScores(score, rows);
    let pairs = new PairList();
    let matcher: AboveMatcher | undefined;
    await this.#search(search, work, async () => {
      pairs = new PairList();
      return (matcher = await this.#matchers.above(least, limit, pairs, bias));
    });
    const count = matcher?.count ?? 0;
    if (count > limit) throw new TooManyPairs(count, limit);
    return joinPairs(rows, [pairs.sorted(rows, 0)]);
  }

  /** Runs a search with a matcher that `start` creates, once per attempt. */
  #search(search: Search, work: Work, start: () => Promise<Matcher>): Promise<void> {
    return this.#run(work, countPairs(search.pairs), async (call) =>
      this.#batchSearch.run(search, await start(), call),
    );
  }

  async lloydStep(rows: RowView, centroids: Centroids, state: LloydState, work: Work): Promise<void> {
    const { k, dim } = centroids;
    if (rows.store.dim !== dim) {
      throw invalidInputError(`lloydStep: rows of ${rows.store.dim} and of ${dim} values do not match`);
    }
    const pairs = everything(rows.count, k);
    await this.#run(work, countPairs(pairs), async (call) => {
      await this.#labelSums.reset(k, paddedDim(dim) / 4);
      const matcher = this.#matchers.bestOf(async (found) => {
        const { start, end } = found.queries;
        const { start: front } = found.rows;
        await this.#labelSums.add(found.rows, { start: start - front, end: end - front }, found.best.index);
        const { done } = await startIndexes(this.#readback, found, state.label);
        call.track(done);
      });
      await this.#batchSearch.run({ queries: rows, targets: centroids, pairs }, matcher, call);
      await this.#labelSums.read(state.sums, dim, this.#readback);
    });
    state.counts.fill(0);
    for (let row = 0; row < rows.count; row++) state.counts[state.label[row]]++;
  }

  async close(): Promise<void> {
    await this.#gpu.close();
  }

  /**
   * Computes one call and waits for all work that it submitted, even if it fails. If the device has no room
   * in addition to the rows that it holds, these are released and the call starts again.
   */
  async #run(work: Work, pairs: number, compute: (call: Call) => Promise<void>): Promise<void> {
    for (;;) {
      const call = new Call(this.#gpu, work, pairs);
      try {
        call.check();
        this.#gpu.check();
        if (pairs > 0) await compute(call);
        await call.finish();
        return;
      } catch (error) {
        await call.settle();
        if (!isOutOfMemory(error) || !this.#residency.releaseStores()) throw error;
      }
    }
  }
}
