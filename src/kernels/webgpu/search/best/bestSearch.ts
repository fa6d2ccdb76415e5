import type { Call } from '../../call.ts';
import { dispatch } from '../../device/dispatch.ts';
import { Usage, type GpuDevice } from '../../device/gpuDevice.ts';
import { shader } from '../../device/shader.ts';
import { BEST_TILE_HEADER, FOLD_HEADER, PartialBest, RowTile, Tile } from '../layouts.ts';
import { pacedBatches } from '../pacedBatches.ts';
import { Pacer } from '../pacer.ts';
import type { TileBatch } from '../tileBatches.ts';
import type { TileGrid } from '../tileGrids.ts';
import { bindTiles, firstWork, TilePipelines, tileWork } from '../tileShader.ts';
import type { Operands, TileShaderOptions, TileSide } from '../tileShader.ts';
import type { BestBuffers } from './bestResults.ts';

/** The rows to compare, and buffers for the results: the score (plus the bias) and number of the target. */
export interface BestSearchOperands extends Operands {
  /** One result per row of x. */
  readonly best: BestBuffers;
}

/** Finds the most similar row of y for each row of x. */
export class BestSearch {
  readonly #gpu: GpuDevice;
  readonly #side: TileSide;
  readonly #pacer: Pacer;
  readonly #tile: TilePipelines;
  readonly #fold: GPUComputePipeline;

  private constructor(gpu: GpuDevice, side: TileSide, tile: TilePipelines, fold: GPUComputePipeline) {
    this.#gpu = gpu;
    this.#side = side;
    this.#pacer = new Pacer(firstWork(gpu));
    this.#tile = tile;
    this.#fold = fold;
  }

  static async create(gpu: GpuDevice, options: TileShaderOptions): Promise<BestSearch> {
    const file = new URL('./bestTile.wgsl', import.meta.url);
    const fold = shader(new URL('./foldBest.wgsl', import.meta.url), { header: FOLD_HEADER });
    const [tile, folded] = await Promise.all([
      TilePipelines.create(gpu, file, 'bestTile', BEST_TILE_HEADER, options),
      gpu.pipeline(fold, 'foldBest', { TILE: options.side }),
    ]);
    return new BestSearch(gpu, options.side, tile, folded);
  }

  /**
   * Searches `grids`. Results are valid for the rows that `grids` cover. Without an allowed column, the score
   * is −3.4e38 and the index 0xffffffff. The last submits may still run when it resolves; the call tracks
   * them.
   */
  async search(match: BestSearchOperands, grids: Iterable<TileGrid>, call: Call): Promise<void> {
    const maxTiles = Math.floor(this.#gpu.maxBufferBytes / (this.#side * PartialBest.bytes));
    const pace = { pacer: this.#pacer, side: this.#side, tileWork: tileWork(this.#side, match), maxTiles };
    await pacedBatches(grids, pace, async (batch) => {
      call.check();
      const end = await this.#submit(match, batch);
      call.track(end.end.then(() => call.add(batch.pairs)));
      return end;
    });
  }

  async #submit(match: BestSearchOperands, batch: TileBatch): Promise<{ end: Promise<void> }> {
    const gpu = this.#gpu;
    const [tiles, rowTiles] = [batch.tiles.length / Tile.words, batch.rowTiles.length / RowTile.words];
    const bytes = tiles * this.#side * PartialBest.bytes;
    const partials = await gpu.scratch('partial results', bytes, Usage.storage);
    const tile = await this.#tile.for(match.x);
    const bound = await bindTiles(gpu, tile, match, batch, partials);
    const { score, index } = match.best;
    const foldGroup = gpu.bind(this.#fold, [bound.rowTiles, partials, score, index]);
    const end = gpu.submit((encoder) => {
      const pass = encoder.beginComputePass();
      if (tiles > 0) dispatch(pass, tile, bound.group, tiles);
      dispatch(pass, this.#fold, foldGroup, rowTiles);
      pass.end();
    });
    return { end };
  }
}
