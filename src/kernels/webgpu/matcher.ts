import { Usage, type GpuDevice } from './gpuDevice.ts';
import type { GpuMatrix } from './gpuMatrix.ts';
import type { TileGrid } from './tileGrids.ts';

/** Rows and columns one workgroup compares. */
export type TileSide = 64 | 128;

/** Best column of every row of one segment of x: buffers of f32 and u32, kept until the next search. */
export interface BestBuffers {
  readonly score: GPUBuffer;
  readonly index: GPUBuffer;
}

/** For each row of x the most similar row of y. All implementations lead to the same bits on one device. */
export interface Matcher {
  /** Rows after which another search is as fast: what was found can be read back meanwhile. */
  readonly pieceRows: number;

  /**
   * Searches `grids`. Resolves to one result a segment of x, right for the rows they cover: score (plus
   * `bias[index]`, if given) and index in y; where no column was allowed a score of −3.4e38 and the index 0xffffffff.
   */
  search(x: GpuMatrix, y: GpuMatrix, grids: Iterable<TileGrid>, bias?: Float32Array): Promise<BestBuffers[]>;
}

/** The buffers for the results of a search, one pair a segment of x. */
export async function bestBuffers(gpu: GpuDevice, x: GpuMatrix): Promise<BestBuffers[]> {
  const usage = Usage.storage | Usage.copySource;
  const best: BestBuffers[] = [];
  for (const [segment, { rows }] of x.segments.entries()) {
    const score = await gpu.scratch(`scores ${segment}`, rows * 4, usage);
    best.push({ score, index: await gpu.scratch(`indexes ${segment}`, rows * 4, usage) });
  }
  return best;
}
