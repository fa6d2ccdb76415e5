import type { Call } from '../call.ts';
import { dispatch } from '../device/dispatch.ts';
import { Usage, type GpuDevice } from '../device/gpuDevice.ts';
import { shader } from '../device/shader.ts';
import type { DeviceRows } from '../rows/deviceRows.ts';
import type { BestBuffers } from './bestResults.ts';
import { FOLD_HEADER, PartialBest, RowTile, Tile, TILE_HEADER, TileParams } from './layouts.ts';
import { pacedBatches } from './pacedBatches.ts';
import { Pacer } from './pacer.ts';
import type { TileBatch } from './tileBatches.ts';
import type { TileGrid } from './tileGrids.ts';

/** Rows and columns that one workgroup compares. */
export type TileSide = 64 | 128;

/** The rows to compare and where the results go: score (plus the bias) and number of the target. */
export interface Match {
  readonly x: DeviceRows;
  readonly y: DeviceRows;
  /** One additive term per target, counted from the first target. */
  readonly bias?: GPUBuffer;
  /** One result per row of x. */
  readonly best: BestBuffers;
}

/** Multiply-adds of the first submit, before anything is known about the device. */
const FIRST_WORK = 2e9;
const FIRST_SOFTWARE_WORK = 1e7;

/** vec4s of a row that a round takes: more mean fewer barriers, in workgroup memory that should not be all there is. */
const stepFor = (gpu: GpuDevice, side: TileSide): 4 | 8 => (384 * side <= gpu.maxWorkgroupBytes ? 8 : 4);

/** Unrolled, the shader takes SwiftShader a second to compile, and is no faster there. */
function tilePipeline(
  gpu: GpuDevice,
  side: TileSide,
  step: 4 | 8,
  isUnrolled: boolean,
): Promise<GPUComputePipeline> {
  const code = shader(new URL('./bestTile.wgsl', import.meta.url), {
    header: TILE_HEADER,
    // A thread of a smaller tile loads more of it.
    counts: { LOADS: (32 * step) / side, ELEMENTS: 4 * step },
    loops: isUnrolled ? [] : ['ELEMENTS'],
  });
  return gpu.pipeline(code, 'bestTile', { TILE: side, STEP: step });
}

/** For each row of x the most similar row of y. */
export class BestMatch {
  readonly #gpu: GpuDevice;
  readonly #side: TileSide;
  readonly #pacer: Pacer;
  readonly #tile: GPUComputePipeline;
  readonly #fold: GPUComputePipeline;

  private constructor(gpu: GpuDevice, side: TileSide, pipelines: readonly GPUComputePipeline[]) {
    this.#gpu = gpu;
    this.#side = side;
    this.#pacer = new Pacer(gpu.isSoftware ? FIRST_SOFTWARE_WORK : FIRST_WORK);
    [this.#tile, this.#fold] = pipelines;
  }

  /** `step`: see `bestTile.wgsl`; default: what workgroup memory has room for. */
  static async create(
    gpu: GpuDevice,
    side: TileSide,
    step = stepFor(gpu, side),
    isUnrolled = !gpu.isSoftware,
  ): Promise<BestMatch> {
    const fold = shader(new URL('./foldBest.wgsl', import.meta.url), { header: FOLD_HEADER });
    const pipelines = await Promise.all([
      tilePipeline(gpu, side, step, isUnrolled),
      gpu.pipeline(fold, 'foldBest', { TILE: side }),
    ]);
    return new BestMatch(gpu, side, pipelines);
  }

  /**
   * Searches `grids`. The results are right for the rows they cover; where no column was allowed the score is −3.4e38 and
   * the index 0xffffffff. The last submits may still run when it resolves: the call tracks them.
   */
  async search(match: Match, grids: Iterable<TileGrid>, call: Call): Promise<void> {
    const tileWork = this.#side ** 2 * match.x.width * 4;
    const room = Math.floor(this.#gpu.maxBufferBytes / (this.#side * PartialBest.bytes));
    const pace = { pacer: this.#pacer, side: this.#side, tileWork, room };
    await pacedBatches(grids, pace, async (batch) => {
      call.check();
      const end = await this.#submit(match, batch);
      call.track(end.end.then(() => call.add(batch.pairs)));
      return end;
    });
  }

  async #submit({ x, y, bias, best }: Match, batch: TileBatch): Promise<{ end: Promise<void> }> {
    const gpu = this.#gpu;
    const [tiles, rowTiles] = [batch.tiles.length / Tile.words, batch.rowTiles.length / RowTile.words];
    const params = TileParams.pack({ width: x.width, yBase: y.start, biased: bias ? 1 : 0 });
    const partials = await gpu.scratch(
      'partial results',
      tiles * this.#side * PartialBest.bytes,
      Usage.storage,
    );
    const rowTileList = await gpu.write('row tiles', batch.rowTiles, Usage.storage);
    const tileGroup = gpu.bind(this.#tile, [
      await gpu.write('tile parameters', params, Usage.uniform),
      x.buffer,
      y.buffer,
      bias ?? (await gpu.scratch('no bias', 4, Usage.storage)),
      await gpu.write('tiles', batch.tiles, Usage.storage),
      partials,
    ]);
    const foldGroup = gpu.bind(this.#fold, [rowTileList, partials, best.score, best.index]);
    const end = gpu.submit((encoder) => {
      const pass = encoder.beginComputePass();
      if (tiles > 0) dispatch(pass, this.#tile, tileGroup, tiles);
      dispatch(pass, this.#fold, foldGroup, rowTiles);
      pass.end();
    });
    return { end };
  }
}
