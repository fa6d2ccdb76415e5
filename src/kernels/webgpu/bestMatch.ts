import { bestBuffers, type BestBuffers } from './bestResults.ts';
import { dispatch } from './dispatch.ts';
import { Usage, type GpuDevice } from './gpuDevice.ts';
import type { GpuMatrix } from './gpuMatrix.ts';
import { pacedBatches } from './pacedBatches.ts';
import { Pacer } from './pacer.ts';
import { shader } from './shader.ts';
import { WORDS, type TileBatch } from './tileBatches.ts';
import type { TileGrid } from './tileGrids.ts';

/** Rows and columns one workgroup compares. */
export type TileSide = 64 | 128;

/** One search: what it reads and where its results go. */
interface Search {
  readonly x: GpuMatrix;
  readonly y: GpuMatrix;
  readonly biased: boolean;
  readonly bias: GPUBuffer;
  /** One per segment of x. */
  readonly best: readonly BestBuffers[];
}

const PARTIAL_BYTES = 8;

/** vec4s of a row that a round takes: more mean fewer barriers, in workgroup memory that should not be all there is. */
const stepFor = (gpu: GpuDevice, side: TileSide): 4 | 8 => (384 * side <= gpu.maxWorkgroupBytes ? 8 : 4);

/** Unrolled, the shader takes SwiftShader a second to compile, and is no faster there. */
function tilePipeline(
  gpu: GpuDevice,
  side: TileSide,
  step: 4 | 8,
  unrolled: boolean,
): Promise<GPUComputePipeline> {
  // A thread of a smaller tile loads more of it.
  const counts = { LOADS: (32 * step) / side, ELEMENTS: 4 * step };
  return gpu.pipeline(shader('bestTile', counts, unrolled ? [] : ['ELEMENTS']), 'bestTile', {
    TILE: side,
    STEP: step,
  });
}

/** For each row of x the most similar row of y. */
export class BestMatch {
  readonly #gpu: GpuDevice;
  readonly #side: TileSide;
  readonly #pacer = new Pacer();
  readonly #tile: GPUComputePipeline;
  readonly #fold: GPUComputePipeline;

  private constructor(gpu: GpuDevice, side: TileSide, pipelines: readonly GPUComputePipeline[]) {
    this.#gpu = gpu;
    this.#side = side;
    [this.#tile, this.#fold] = pipelines;
  }

  /** `step`: see `bestTile.wgsl`; default: what workgroup memory has room for. */
  static async create(
    gpu: GpuDevice,
    side: TileSide,
    step = stepFor(gpu, side),
    unrolled = !gpu.software,
  ): Promise<BestMatch> {
    const pipelines = await Promise.all([
      tilePipeline(gpu, side, step, unrolled),
      gpu.pipeline(shader('foldBest'), 'foldBest', { TILE: side }),
    ]);
    return new BestMatch(gpu, side, pipelines);
  }

  /**
   * Searches `grids`. Resolves to one result per segment of x, right for the rows they cover: score (plus
   * `bias[index]`, if given) and index in y; where no column was allowed a score of −3.4e38 and the index 0xffffffff.
   */
  async search(
    x: GpuMatrix,
    y: GpuMatrix,
    grids: Iterable<TileGrid>,
    bias?: Float32Array,
  ): Promise<BestBuffers[]> {
    const best = await bestBuffers(this.#gpu, x);
    const biasBuffer = await this.#gpu.write('bias', bias ?? new Float32Array(1), Usage.storage);
    const search = { x, y, biased: bias !== undefined, bias: biasBuffer, best };
    const tileWork = this.#side ** 2 * x.width * 4;
    const room = Math.floor(this.#gpu.maxBufferBytes / (this.#side * PARTIAL_BYTES));
    const pace = { pacer: this.#pacer, side: this.#side, tileWork, room };
    await pacedBatches(grids, pace, (batch) => this.#submit(search, batch));
    return best;
  }

  async #submit(search: Search, batch: TileBatch): Promise<{ done: Promise<void> }> {
    const gpu = this.#gpu;
    const { x, y, biased, bias } = search;
    const { score, index } = search.best[batch.xSegment];
    const columns = y.segments[batch.ySegment];
    const [tiles, rowTiles] = [batch.items.length / WORDS, batch.folds.length / WORDS];
    const params = Uint32Array.of(x.width, columns.start, Number(biased), 0);
    const partials = await gpu.scratch('partial results', tiles * this.#side * PARTIAL_BYTES, Usage.storage);
    const folds = await gpu.write('row tiles', batch.folds, Usage.storage);
    const tileGroup = gpu.bind(this.#tile, [
      await gpu.write('tile parameters', params, Usage.uniform),
      x.segments[batch.xSegment].buffer,
      columns.buffer,
      bias,
      await gpu.write('tiles', batch.items, Usage.storage),
      partials,
    ]);
    const foldGroup = gpu.bind(this.#fold, [folds, partials, score, index]);
    const done = gpu.submit((encoder) => {
      const pass = encoder.beginComputePass();
      if (tiles > 0) dispatch(pass, this.#tile, tileGroup, tiles);
      dispatch(pass, this.#fold, foldGroup, rowTiles);
      pass.end();
    });
    return { done };
  }
}
