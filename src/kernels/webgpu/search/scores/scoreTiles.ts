import type { Call } from '../../call.ts';
import { dispatch } from '../../device/dispatch.ts';
import { Usage, type GpuDevice } from '../../device/gpuDevice.ts';
import { RowTile, Tile, TILE_HEADER } from '../layouts.ts';
import { pacedBatches } from '../pacedBatches.ts';
import { Pacer } from '../pacer.ts';
import type { TileBatch } from '../tileBatches.ts';
import type { TileGrid } from '../tileGrids.ts';
import { bindTiles, firstWork, TilePipelines, tileWork } from '../tileShader.ts';
import type { Operands, TileShaderOptions, TileSide } from '../tileShader.ts';

/** Maximum bytes of scores per submit. */
const SCORES_BYTES = 256 * 2 ** 20;

/** The scores of a batch of tiles. They are on the device after the commands that `encode` records. */
export interface Scored {
  readonly batch: TileBatch;
  readonly rowTileCount: number;
  readonly rowTiles: GPUBuffer;
  readonly tiles: GPUBuffer;
  readonly scores: GPUBuffer;
  encode(pass: GPUComputePassEncoder): void;
}

/** Computes scores tile by tile, for shaders that select from them. */
export class ScoreTiles {
  readonly side: TileSide;
  readonly #gpu: GpuDevice;
  readonly #pacer: Pacer;
  readonly #pipelines: TilePipelines;

  private constructor(gpu: GpuDevice, side: TileSide, pipelines: TilePipelines) {
    this.side = side;
    this.#gpu = gpu;
    this.#pacer = new Pacer(firstWork(gpu));
    this.#pipelines = pipelines;
  }

  static async create(gpu: GpuDevice, options: TileShaderOptions): Promise<ScoreTiles> {
    const file = new URL('./tileScores.wgsl', import.meta.url);
    const pipelines = await TilePipelines.create(gpu, file, 'tileScores', TILE_HEADER, options);
    return new ScoreTiles(gpu, options.side, pipelines);
  }

  /**
   * Calls `select` with each batch of tiles. It submits them together with the selection from their scores.
   */
  async search(
    operands: Operands,
    grids: Iterable<TileGrid>,
    call: Call,
    select: (scored: Scored) => Promise<{ end: Promise<void> }>,
  ): Promise<void> {
    const gpu = this.#gpu;
    const pipeline = await this.#pipelines.for(operands.x);
    const tileBytes = this.side ** 2 * 4;
    const maxTiles = Math.floor(Math.min(SCORES_BYTES, gpu.maxBufferBytes) / tileBytes);
    const pace = { pacer: this.#pacer, side: this.side, tileWork: tileWork(this.side, operands), maxTiles };
    await pacedBatches(grids, pace, async (batch) => {
      call.check();
      const count = batch.tiles.length / Tile.words;
      const scores = await gpu.scratch('tile scores', count * tileBytes, Usage.storage);
      const { group, tiles, rowTiles } = await bindTiles(gpu, pipeline, operands, batch, scores);
      const rowTileCount = batch.rowTiles.length / RowTile.words;
      const encode = (pass: GPUComputePassEncoder): void => {
        if (count > 0) dispatch(pass, pipeline, group, count);
      };
      const submitted = await select({ batch, rowTileCount, rowTiles, tiles, scores, encode });
      call.track(submitted.end.then(() => call.add(batch.pairs)));
      return submitted;
    });
  }
}
