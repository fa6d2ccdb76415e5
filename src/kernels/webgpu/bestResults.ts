import type { BestEarlier } from '../kernels.ts';
import { Usage, type GpuDevice } from './gpuDevice.ts';
import type { GpuMatrix } from './gpuMatrix.ts';
import type { Readback } from './readback.ts';

/** Best column of every row of one segment of x: buffers of f32 and u32, kept until the next search. */
export interface BestBuffers {
  readonly score: GPUBuffer;
  readonly index: GPUBuffer;
}

/** Consecutive rows of a matrix. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** The buffers for the results of a search, one pair per segment of x. */
export async function bestBuffers(gpu: GpuDevice, x: GpuMatrix): Promise<BestBuffers[]> {
  const usage = Usage.storage | Usage.copySource;
  const best: BestBuffers[] = [];
  for (const [segment, { rows }] of x.segments.entries()) {
    const score = await gpu.scratch(`scores ${segment}`, rows * 4, usage);
    best.push({ score, index: await gpu.scratch(`indexes ${segment}`, rows * 4, usage) });
  }
  return best;
}

/**
 * Has what was found for some rows copied to their places in `best`, −Infinity and −1 where that is nothing; resolves once
 * `found` may be written again.
 */
export async function startBest(
  readback: Readback,
  x: GpuMatrix,
  found: readonly BestBuffers[],
  rows: RowRange,
  { score, index }: BestEarlier,
): Promise<{ done: Promise<void> }> {
  const buffers = found.map((best) => best.score);
  const scores = await startRows(readback, x, buffers, rows, (bytes, row) =>
    score.set(new Float32Array(bytes), row),
  );
  const indexes = await startIndexes(readback, x, found, rows, index);
  const done = Promise.all([scores.done, indexes.done]).then(() => {
    for (let row = rows.from; row < rows.to; row++) if (index[row] === -1) score[row] = -Infinity;
  });
  // Whoever waits for all of it sees the failure; nobody may be waiting yet.
  done.catch(() => {});
  return { done };
}

/** The same for the indexes alone. The shaders' "none", 0xffffffff, reads as −1. */
export function startIndexes(
  readback: Readback,
  x: GpuMatrix,
  found: readonly BestBuffers[],
  rows: RowRange,
  target: Int32Array,
): Promise<{ done: Promise<unknown> }> {
  const buffers = found.map(({ index }) => index);
  return startRows(readback, x, buffers, rows, (bytes, row) => target.set(new Int32Array(bytes), row));
}

async function startRows(
  readback: Readback,
  x: GpuMatrix,
  buffers: readonly GPUBuffer[],
  { from, to }: RowRange,
  take: (bytes: ArrayBuffer, row: number) => void,
): Promise<{ done: Promise<unknown> }> {
  const under: Promise<void>[] = [];
  for (const [i, { start, rows }] of x.segments.entries()) {
    const [first, end] = [Math.max(from, start), Math.min(to, start + rows)];
    if (first >= end) continue;
    const { done } = await readback.start(
      buffers[i],
      (first - start) * 4,
      (end - first) * 4,
      (bytes, offset) => take(bytes, first + offset / 4),
    );
    under.push(done);
  }
  const done = Promise.all(under);
  done.catch(() => {});
  return { done };
}
