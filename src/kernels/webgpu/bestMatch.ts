import { MAX_WORKGROUPS, Usage, type GpuDevice } from './gpuDevice.ts';
import type { GpuMatrix } from './gpuMatrix.ts';
import { Pacer } from './pacer.ts';
import { shader } from './shader.ts';
import { TileBatches, WORDS, type TileBatch } from './tileBatches.ts';
import type { TileGrid } from './tileGrids.ts';

/** Rows and columns one workgroup compares. */
export type TileSide = 64 | 128;

/** Best column of every row of one segment of x: buffers of f32 and u32, kept until the next search. */
export interface BestBuffers {
  readonly score: GPUBuffer;
  readonly index: GPUBuffer;
}

/** One search: what it reads and where its results go. */
interface Search {
  readonly x: GpuMatrix;
  readonly y: GpuMatrix;
  readonly biased: boolean;
  readonly bias: GPUBuffer;
  /** One a segment of x. */
  readonly best: readonly BestBuffers[];
}

const PARTIAL_BYTES = 8;

/** For each row of x the most similar row of y, over the tiles that a plan names. */
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

  static async create(gpu: GpuDevice, side: TileSide): Promise<BestMatch> {
    const pipelines = await Promise.all([
      gpu.pipeline(shader('bestTile'), 'bestTile', { TILE: side }),
      gpu.pipeline(shader('foldBest'), 'foldBest', { TILE: side }),
    ]);
    return new BestMatch(gpu, side, pipelines);
  }

  /**
   * Searches `grids`, which must cover every row of x. Resolves to one result a segment of x: score (plus
   * `bias[index]`, if given) and index in y; where no column was allowed a score of −3.4e38 and the index 0xffffffff.
   */
  async search(
    x: GpuMatrix,
    y: GpuMatrix,
    grids: Iterable<TileGrid>,
    bias?: Float32Array,
  ): Promise<BestBuffers[]> {
    const best: BestBuffers[] = [];
    for (const [i, { rows }] of x.segments.entries()) best.push(await this.#results(i, rows));
    const biasBuffer = await this.#write('bias', bias ?? new Float32Array(1), Usage.storage);
    const search = { x, y, biased: bias !== undefined, bias: biasBuffer, best };
    const tileWork = this.#side ** 2 * x.width * 4;
    const room = Math.floor(this.#gpu.maxBufferBytes / (this.#side * PARTIAL_BYTES));
    const batches = new TileBatches(grids, this.#side);
    for (;;) {
      const affordable = Math.floor(this.#pacer.budget / tileWork);
      const batch = batches.take(Math.max(1, Math.min(affordable, room, MAX_WORKGROUPS)));
      if (batch === undefined) break;
      const { done } = await this.#submit(search, batch);
      await this.#pacer.submitted((batch.items.length / WORDS) * tileWork, done);
    }
    await this.#pacer.drained();
    return best;
  }

  async #results(segment: number, rows: number): Promise<BestBuffers> {
    const usage = Usage.storage | Usage.copySource;
    return {
      score: await this.#gpu.scratch(`scores ${segment}`, rows * 4, usage),
      index: await this.#gpu.scratch(`indexes ${segment}`, rows * 4, usage),
    };
  }

  /** Submits one batch; the promise is wrapped because awaiting the submission must not wait for its end. */
  async #submit(search: Search, batch: TileBatch): Promise<{ done: Promise<void> }> {
    const gpu = this.#gpu;
    const { x, y, biased, bias } = search;
    const { score, index } = search.best[batch.xSegment];
    const columns = y.segments[batch.ySegment];
    const [tiles, rowTiles] = [batch.items.length / WORDS, batch.folds.length / WORDS];
    const params = Uint32Array.of(x.width, columns.start, Number(biased), 0);
    const partials = await gpu.scratch('partial results', tiles * this.#side * PARTIAL_BYTES, Usage.storage);
    const folds = await this.#write('row tiles', batch.folds, Usage.storage);
    const tileGroup = gpu.bind(this.#tile, [
      await this.#write('tile parameters', params, Usage.uniform),
      x.segments[batch.xSegment].buffer,
      columns.buffer,
      bias,
      await this.#write('tiles', batch.items, Usage.storage),
      partials,
    ]);
    const foldGroup = gpu.bind(this.#fold, [folds, partials, score, index]);
    const done = gpu.submit((encoder) => {
      const pass = encoder.beginComputePass();
      if (tiles > 0) {
        pass.setPipeline(this.#tile);
        pass.setBindGroup(0, tileGroup);
        pass.dispatchWorkgroups(tiles);
      }
      pass.setPipeline(this.#fold);
      pass.setBindGroup(0, foldGroup);
      pass.dispatchWorkgroups(rowTiles);
      pass.end();
    });
    return { done };
  }

  async #write(label: string, data: Float32Array | Uint32Array, usage: number): Promise<GPUBuffer> {
    const buffer = await this.#gpu.scratch(label, data.byteLength, usage | Usage.copyTarget);
    this.#gpu.queue.writeBuffer(buffer, 0, data as BufferSource);
    return buffer;
  }
}
