import type { BestEarlier } from '../kernels.ts';
import type { BestBuffers } from './matcher.ts';
import type { GpuMatrix } from './gpuMatrix.ts';
import type { Readback } from './readback.ts';

/** What a search over `x` found, on the host; rows without a match get −Infinity and −1. */
export async function downloadBest(
  readback: Readback,
  x: GpuMatrix,
  found: readonly BestBuffers[],
): Promise<BestEarlier> {
  const score = new Float32Array(x.rows);
  const index = new Int32Array(x.rows);
  for (const [i, { start, rows }] of x.segments.entries()) {
    await readback.read(found[i].score, rows * 4, (bytes, offset) =>
      score.set(new Float32Array(bytes), start + offset / 4),
    );
    // The shaders' "none", 0xffffffff, reads as −1.
    await readback.read(found[i].index, rows * 4, (bytes, offset) =>
      index.set(new Int32Array(bytes), start + offset / 4),
    );
  }
  for (let row = 0; row < x.rows; row++) if (index[row] === -1) score[row] = -Infinity;
  return { score, index };
}
