import { createRequire } from 'node:module';
import { NEAR_COLUMNS } from '../../simd/simd.ts';
import type { RowView } from '../../rows/rowView.ts';
import type { Centroids, SearchResult, Kernels, LloydState, Pairs, SearchMode, Work } from '../kernels.ts';
import { checkSearch, countPairs, isCentroids } from '../pairs.ts';
import { TooManyPairs, type QueryPairs } from '../above.ts';
import { awaitLanes, type CallState } from './lanes/callState.ts';
import { CentroidCopies } from './lanes/centroidCopies.ts';
import type { LaneCalls, TiledRows } from './lanes/laneCalls.ts';
import { Lanes } from './lanes/lanes.ts';
import { Residency } from './residency.ts';
import { cutBatches } from './search/batches.ts';
import { joinResults, allocateResults } from './search/results.ts';
import { LaneSums } from './sums/laneSums.ts';

/**
 * Worker threads are started for at least this many values of rows, because starting takes about a tenth of a
 * second.
 */
const WORKER_VALUES = 2 ** 22;
/** Multiply-adds that take as long as a typical value of a row. */
const VALUE_WORK = 2 ** 12;
/** Running worker threads are used for this share of that number. */
const RUNNING_SHARE = 1 / 16;

/** Options of the CPU backend. */
export interface CpuOptions {
  /**
   * True if int8 products may propose candidates, which float32 products decide. Default: true. Results are
   * the same.
   */
  readonly int8?: boolean;
  /** Minimum number of values of rows for which worker threads are used. Default: 2²². */
  readonly workerValues?: number;
}

/** The CPU backend: float32 products, with int8 products to find candidates, on several threads. */
export class CpuKernels implements Kernels {
  readonly name = 'cpu';
  readonly nearCentroids = NEAR_COLUMNS;
  readonly #lanes: Lanes;
  readonly #residency: Residency;
  readonly #workerValues: number;
  readonly #centroids = new CentroidCopies();
  readonly #sums = new LaneSums();

  constructor({ int8 = true, workerValues = WORKER_VALUES }: CpuOptions) {
    this.#lanes = new Lanes(int8);
    this.#residency = new Residency(this.#lanes);
    this.#workerValues = workerValues;
  }

  get device(): string {
    const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
      version: string;
    };
    const { count } = this.#lanes;
    return `ONNX Runtime ${version}, ${count} ${count === 1 ? 'thread' : 'threads'}`;
  }

  async search<W extends SearchMode>(
    queries: RowView,
    targets: RowView | Centroids,
    pairs: Pairs,
    mode: W,
    work: Work,
  ): Promise<SearchResult<W>> {
    checkSearch(queries, targets, pairs, mode);
    const results = allocateResults(mode, queries.count);
    const total = countPairs(pairs);
    const found: QueryPairs[] = [];
    const take = (pairs: readonly QueryPairs[]): void => pairs.forEach((tilePairs) => found.push(tilePairs));
    let count: number;
    if (isCentroids(targets)) {
      const centroids = this.#centroids.of(targets);
      // A store is assigned once, while the rows of a list are used repeatedly.
      const keep = this.#residency.keep(queries, queries.list ? work.memory : 0, work.threads);
      count = await this.#onTiles(queries, keep, work, total, async (lane, rows, call) =>
        take(await lane.nearest(rows, centroids, pairs, results, call)),
      );
    } else {
      this.#residency.release();
      const batches = cutBatches(pairs, queries.store.dim, work.threads);
      const rows = Math.max(queries.count, targets.count);
      count = await this.#onLanes(rows, targets.store.dim, work, total, async (lane, call) =>
        take(await lane.search(queries, targets, batches, results, call)),
      );
    }
    if (results.kind === 'above' && count > results.limit) throw new TooManyPairs(count, results.limit);
    return joinResults(results, queries.count, found) as SearchResult<W>;
  }

  async lloydStep(rows: RowView, centroids: Centroids, state: LloydState, work: Work): Promise<void> {
    const shared = this.#centroids.of(centroids);
    const keep = this.#residency.keep(rows, work.memory, work.threads);
    const label = new Int32Array(new SharedArrayBuffer(rows.count * 4));
    label.set(state.label);
    const sums: Float64Array[] = [];
    await this.#onTiles(rows, keep, work, rows.count * centroids.k, (lane, rows, call) => {
      const own = this.#sums.of(lane, centroids);
      sums.push(own);
      return lane.lloyd(rows, shared, label, own, state.near, call);
    });
    for (let row = 0; row < label.length; row++) {
      const [before, now] = [state.label[row], label[row]];
      if (before === now) continue;
      if (before >= 0) state.counts[before]--;
      state.counts[now]++;
    }
    state.label.set(label);
    for (const own of sums) for (let i = 0; i < own.length; i++) state.sums[i] += own[i];
  }

  async close(): Promise<void> {
    this.#residency.release();
    await this.#lanes.close();
  }

  /** Runs `body` on each lane, for the lane's tiles of the rows. */
  #onTiles(
    view: RowView,
    keep: boolean,
    work: Work,
    total: number,
    run: (lane: LaneCalls, rows: TiledRows, call: CallState) => Promise<void>,
  ): Promise<number> {
    return this.#onLanes(view.count, view.store.dim, work, total, (lane, call, i, lanes) =>
      run(lane, { view, keep, lane: i, lanes }, call),
    );
  }

  /**
   * Runs work on the lanes, for the given number of rows of `dim` values and of pairs of rows. Returns the
   * number of pairs that the lanes counted as found.
   */
  async #onLanes(
    rows: number,
    dim: number,
    work: Work,
    total: number,
    run: (lane: LaneCalls, call: CallState, i: number, lanes: number) => Promise<void>,
  ): Promise<number> {
    const values = rows * dim;
    const worthwhile = this.#workerValues * (this.#lanes.hasWorkers ? RUNNING_SHARE : 1);
    this.#lanes.count = work.threads;
    const lanes =
      Math.max(values, (total * dim) / VALUE_WORK) < worthwhile ? this.#lanes.own() : this.#lanes.workers();
    this.#lanes.keepAlive();
    try {
      // async, so that the other lanes are awaited when one fails immediately.
      return await awaitLanes(work, total, (call) =>
        lanes.map(async (lane, i) => run(lane, call, i, lanes.length)),
      );
    } finally {
      this.#lanes.closeWhenIdle();
    }
  }
}
