import { isCentroids } from '../../pairs.ts';
import type { Centroids, Pairs } from '../../kernels.ts';
import type { RowView } from '../../../rows/rowView.ts';
import type { Call } from '../call.ts';
import { Usage, type GpuDevice } from '../device/gpuDevice.ts';
import type { Residency } from '../residency.ts';
import type { DeviceRows, RowRange } from '../rows/deviceRows.ts';
import type { Matcher } from './matcher.ts';
import { rowBatches } from './rowBatches.ts';
import { tileGrids } from './tileGrids.ts';

/** Queries, targets, and the ranges of them to compare. */
export interface Search {
  readonly queries: RowView;
  readonly targets: RowView | Centroids;
  readonly pairs: Pairs;
}

interface Loaded {
  readonly range: RowRange;
  readonly rows: DeviceRows;
}

/** Searches batch after batch, because not all rows may fit on the device. */
export class BatchSearch {
  readonly #gpu: GpuDevice;
  readonly #residency: Residency;

  constructor(gpu: GpuDevice, residency: Residency) {
    this.#gpu = gpu;
    this.#residency = residency;
  }

  /**
   * Passes batches of queries, in order, and of targets to `matcher`. Queries without targets may be omitted.
   */
  async run({ queries, targets, pairs }: Search, matcher: Matcher, call: Call): Promise<void> {
    const ofCentroids = isCentroids(targets);
    const targetView = ofCentroids ? centroidView(targets) : targets;
    const residency = this.#residency;
    const { batchRows, first } = await residency.open(
      queries,
      ofCentroids ? undefined : targets,
      matcher.maxRows,
      call,
    );
    const bias = ofCentroids ? await this.#gpu.write('bias', targets.bias, Usage.storage) : undefined;
    let x: Loaded | undefined;
    let y: Loaded | undefined;
    for (const batch of rowBatches(pairs, batchRows, first)) {
      call.check();
      if (x?.range !== batch.queries) {
        const rows = await residency.queries(queries, batch.queries, call);
        x = { range: batch.queries, rows };
        await matcher.start(batch.queries, rows);
      }
      const isItself = batch.targets === batch.queries;
      if (!isItself && y?.range !== batch.targets) {
        y = { range: batch.targets, rows: await residency.targets(targetView, batch.targets, call) };
      }
      const columns = isItself ? x.rows : y!.rows;
      const grids = tileGrids(pairs, batch, x.rows, columns);
      await matcher.match({ x: x.rows, y: columns, bias }, grids, call);
      if (batch.isLast) await matcher.finish(batch.queries, x.rows, call);
    }
  }
}

/** A view of centroids. Only this thread reads them, so they need no shared memory. */
function centroidView({ k, dim, values }: Centroids): RowView {
  const store = { dim, rows: k, blockRows: k, blocks: [values], firstInFile: Infinity };
  return { store, start: 0, count: k };
}
