import type { Best } from '../../../kernels.ts';
import { Usage, type GpuDevice } from '../../device/gpuDevice.ts';
import type { Readback } from '../../device/readback.ts';
import type { DeviceRows, RowRange } from '../../rows/deviceRows.ts';

/** The best target of each row of a buffer, in buffers of f32 and u32 that the next search reuses. */
export interface BestBuffers {
  readonly score: GPUBuffer;
  readonly index: GPUBuffer;
}

/** The results of a search for queries whose rows are on the device. */
export interface BatchBest {
  readonly queries: RowRange;
  /** The buffer that contains the queries. Results have the same positions in `best`. */
  readonly rows: DeviceRows;
  readonly best: BestBuffers;
}

/** Returns buffers for the results of this number of rows. */
export async function bestBuffers(gpu: GpuDevice, rows: number): Promise<BestBuffers> {
  const usage = Usage.storage | Usage.copySource;
  const score = await gpu.scratch('scores', rows * 4, usage);
  return { score, index: await gpu.scratch('indexes', rows * 4, usage) };
}

/**
 * Copies the results to their positions in the host's arrays: scores without the bias, and −Infinity and −1
 * for queries without targets. Resolves once the buffers may be overwritten.
 */
export async function startBest(
  readback: Readback,
  found: BatchBest,
  { score, index }: Best,
  bias?: Float32Array,
): Promise<{ done: Promise<void> }> {
  const { start, end } = found.queries;
  const scores = await startRows(readback, found, found.best.score, (bytes, row) =>
    score.set(new Float32Array(bytes), row),
  );
  const indexes = await startIndexes(readback, found, index);
  const done = Promise.all([scores.done, indexes.done]).then(() => {
    for (let row = start; row < end; row++) {
      if (index[row] === -1) score[row] = -Infinity;
      else if (bias) score[row] -= bias[index[row]];
    }
  });
  return { done };
}

/** The same for the indexes alone. The index `NONE` (0xffffffff) of the shaders reads as −1. */
export function startIndexes(
  readback: Readback,
  found: BatchBest,
  index: Int32Array,
): Promise<{ done: Promise<void> }> {
  return startRows(readback, found, found.best.index, (bytes, row) => index.set(new Int32Array(bytes), row));
}

function startRows(
  readback: Readback,
  { queries: { start, end }, rows }: BatchBest,
  buffer: GPUBuffer,
  take: (bytes: ArrayBuffer, row: number) => void,
): Promise<{ done: Promise<void> }> {
  const from = (start - rows.start) * 4;
  return readback.start(buffer, from, (end - start) * 4, (bytes, offset) => take(bytes, start + offset / 4));
}
