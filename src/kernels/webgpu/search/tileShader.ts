import { Usage, type GpuDevice } from '../device/gpuDevice.ts';
import { shader } from '../device/shader.ts';
import type { DeviceRows } from '../rows/deviceRows.ts';
import { TileParams } from './layouts.ts';
import type { TileBatch } from './tileBatches.ts';

/** Rows and columns that one workgroup compares. */
export type TileSide = 64 | 128;

/** The rows that a search compares. */
export interface Operands {
  readonly x: DeviceRows;
  readonly y: DeviceRows;
  /** One additive term per target, from the first target on. */
  readonly bias?: GPUBuffer;
}

/** Multiply-adds of the first submit, when the speed of the device is unknown. */
const FIRST_WORK = 2e9;
const FIRST_SOFTWARE_WORK = 1e7;

/** Multiply-adds of the first submit to a device. */
export const firstWork = (gpu: GpuDevice): number => (gpu.isSoftware ? FIRST_SOFTWARE_WORK : FIRST_WORK);

/** Multiply-adds per tile. */
export const tileWork = (side: TileSide, { x }: Operands): number => side ** 2 * x.width * 4;

/** How a tile shader is compiled. */
export interface TileShaderOptions {
  readonly side: TileSide;
  /** vec4s of a row per round; see `tileInputs.wgsl`. Default: as many as workgroup memory allows. */
  readonly step?: 4 | 8;
  /**
   * Unrolls the loops. Default: true, except on software adapters, where the unrolled shader takes a second
   * to compile and is no faster.
   */
  readonly isUnrolled?: boolean;
}

/** More vec4s per round need fewer barriers, but more workgroup memory, which should not be used up. */
const stepFor = (gpu: GpuDevice, side: TileSide): 4 | 8 => (384 * side <= gpu.maxWorkgroupBytes ? 8 : 4);

/**
 * The maximum length of rows, in vec4s, whose products are summed in two levels. Longer ones need a third
 * level.
 */
const LONGEST_WIDTH = 2048 / 4;

/**
 * A shader that includes `tileInputs.wgsl`. It is compiled for usual rows, and for long ones at first use.
 */
export class TilePipelines {
  readonly #usual: GPUComputePipeline;
  readonly #compile: (isLong: boolean) => Promise<GPUComputePipeline>;
  #long: Promise<GPUComputePipeline> | undefined;

  private constructor(usual: GPUComputePipeline, compile: (isLong: boolean) => Promise<GPUComputePipeline>) {
    this.#usual = usual;
    this.#compile = compile;
  }

  static async create(
    gpu: GpuDevice,
    file: URL,
    entryPoint: string,
    header: string,
    options: TileShaderOptions,
  ): Promise<TilePipelines> {
    const compile = (isLong: boolean) => tilePipeline(gpu, file, entryPoint, header, options, isLong);
    return new TilePipelines(await compile(false), compile);
  }

  /** The pipeline for rows of this number of vec4s. */
  async for({ width }: DeviceRows): Promise<GPUComputePipeline> {
    return width <= LONGEST_WIDTH ? this.#usual : (this.#long ??= this.#compile(true));
  }
}

function tilePipeline(
  gpu: GpuDevice,
  file: URL,
  entryPoint: string,
  header: string,
  { side, step = stepFor(gpu, side), isUnrolled = !gpu.isSoftware }: TileShaderOptions,
  isLong: boolean,
): Promise<GPUComputePipeline> {
  const code = shader(file, {
    header,
    // A thread of a smaller tile loads more of it.
    counts: { LOADS: (32 * step) / side, ELEMENTS: 4 * step },
    loops: isUnrolled ? [] : ['ELEMENTS'],
  });
  return gpu.pipeline(code, entryPoint, { TILE: side, STEP: step, IS_LONG: Number(isLong) });
}

/** Copies the tiles of a batch to the device and binds them, together with the shader's `output`. */
export async function bindTiles(
  gpu: GpuDevice,
  pipeline: GPUComputePipeline,
  { x, y, bias }: Operands,
  batch: TileBatch,
  output: GPUBuffer,
): Promise<{ group: GPUBindGroup; tiles: GPUBuffer; rowTiles: GPUBuffer }> {
  const params = TileParams.pack({ width: x.width, yBase: y.start, biased: bias ? 1 : 0 });
  const tiles = await gpu.write('tiles', batch.tiles, Usage.storage);
  const group = gpu.bind(pipeline, [
    await gpu.write('tile parameters', params, Usage.uniform),
    x.buffer,
    y.buffer,
    bias ?? (await gpu.scratch('no bias', 4, Usage.storage)),
    tiles,
    output,
  ]);
  return { group, tiles, rowTiles: await gpu.write('row tiles', batch.rowTiles, Usage.storage) };
}
