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
  const { done } = await startBest(readback, x, found, { from: 0, to: x.rows }, best);
  await done;
  return best;
}

/** Has what was found for some rows copied to their places in `best`; resolves once `found` may be written again. */
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
