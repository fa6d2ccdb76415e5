import type { BestEarlier } from '../kernels.ts';
import type { BestBuffers } from './matcher.ts';
import type { GpuMatrix } from './gpuMatrix.ts';
import type { Readback } from './readback.ts';

/** Consecutive rows of a matrix. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** What a search over `x` found, on the host; rows without a match get −Infinity and −1. */
export async function downloadBest(
  readback: Readback,
  x: GpuMatrix,
  found: readonly BestBuffers[],
): Promise<BestEarlier> {
  const best: BestEarlier = { score: new Float32Array(x.rows), index: new Int32Array(x.rows) };
  const all = { from: 0, to: x.rows };
  const scores = await startScores(readback, x, found, all, best.score);
  const indexes = await startIndexes(readback, x, found, all, best.index);
  await Promise.all([scores.done, indexes.done]);
  for (let row = 0; row < x.rows; row++) if (best.index[row] === -1) best.score[row] = -Infinity;
  return best;
}

/** Has the scores of some rows copied to their places in `target`; resolves once `found` may be written again. */
export function startScores(
  readback: Readback,
  x: GpuMatrix,
  found: readonly BestBuffers[],
  rows: RowRange,
  target: Float32Array,
): Promise<{ done: Promise<unknown> }> {
  const buffers = found.map(({ score }) => score);
  return startRows(readback, x, buffers, rows, (bytes, row) => target.set(new Float32Array(bytes), row));
}

/** The same for the indexes. The shaders' "none", 0xffffffff, reads as −1. */
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
