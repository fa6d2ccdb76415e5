import type { Call } from '../../call.ts';
import type { GpuDevice } from '../../device/gpuDevice.ts';
import type { DeviceRows, RowRange } from '../../rows/deviceRows.ts';
import type { Matcher } from '../matcher.ts';
import type { TileGrid } from '../tileGrids.ts';
import type { Operands } from '../tileShader.ts';
import type { BestSearch } from './bestSearch.ts';
import { bestBuffers, type BestBuffers, type BatchBest } from './bestResults.ts';

/** The best target of each query. */
export class BestMatcher implements Matcher {
  readonly maxRows = Infinity;
  readonly #gpu: GpuDevice;
  readonly #search: BestSearch;
  readonly #take: (found: BatchBest, call: Call) => Promise<void>;
  #best: BestBuffers | undefined;

  /**
   * `take` receives the results of each batch of queries, in order, on the device. They may be overwritten
   * once it resolves. Queries without targets may be omitted.
   */
  constructor(gpu: GpuDevice, bestMatch: BestSearch, take: (found: BatchBest, call: Call) => Promise<void>) {
    this.#gpu = gpu;
    this.#search = bestMatch;
    this.#take = take;
  }

  async start(_queries: RowRange, { start, end }: DeviceRows): Promise<void> {
    this.#best = await bestBuffers(this.#gpu, end - start);
  }

  async match(operands: Operands, grids: Iterable<TileGrid>, call: Call): Promise<void> {
    await this.#search.search({ ...operands, best: this.#best! }, grids, call);
  }

  async finish(queries: RowRange, rows: DeviceRows, call: Call): Promise<void> {
    await this.#take({ queries, rows, best: this.#best! }, call);
  }
}
