import type { Top } from '../../../kernels.ts';
import type { Call } from '../../call.ts';
import { dispatch } from '../../device/dispatch.ts';
import { Usage, type GpuDevice } from '../../device/gpuDevice.ts';
import type { Readback } from '../../device/readback.ts';
import { shader } from '../../device/shader.ts';
import type { DeviceRows, RowRange } from '../../rows/deviceRows.ts';
import { TOP_HEADER, TopParams } from '../layouts.ts';
import type { Matcher } from '../matcher.ts';
import type { TileGrid } from '../tileGrids.ts';
import type { Operands, TileSide } from '../tileShader.ts';
import type { ScoreTiles } from './scoreTiles.ts';

/** Compiles the shader that selects the best scores. */
export function topPipeline(gpu: GpuDevice, side: TileSide): Promise<GPUComputePipeline> {
  const code = shader(new URL('./foldTop.wgsl', import.meta.url), { header: TOP_HEADER });
  return gpu.pipeline(code, 'foldTop', { TILE: side });
}

/** Options of a search for the k best targets. */
export interface TopOptions {
  readonly k: number;
  /** Receives the results. */
  readonly top: Top;
  /** Added to the scores. */
  readonly bias: Float32Array | undefined;
}

/** The k best targets of each query. */
export class TopMatcher implements Matcher {
  readonly maxRows: number;
  readonly #gpu: GpuDevice;
  readonly #readback: Readback;
  readonly #scoreTiles: ScoreTiles;
  readonly #fold: GPUComputePipeline;
  readonly #k: number;
  readonly #top: Top;
  readonly #bias: Float32Array | undefined;
  /**
   * k scores and indexes per row of x, stored by place: the best targets of all rows, then the second best,
   * and so on.
   */
  #buffers: { readonly score: GPUBuffer; readonly index: GPUBuffer } | undefined;
  #rows = 0;

  constructor(
    device: { readonly gpu: GpuDevice; readonly readback: Readback },
    scoreTiles: ScoreTiles,
    fold: GPUComputePipeline,
    { k, top, bias }: TopOptions,
  ) {
    this.#gpu = device.gpu;
    this.#readback = device.readback;
    this.#scoreTiles = scoreTiles;
    this.#fold = fold;
    this.#k = k;
    this.#top = top;
    this.#bias = bias;
    this.maxRows = Math.floor(this.#gpu.maxBufferBytes / (4 * k));
  }

  async start(_queries: RowRange, { start, end }: DeviceRows): Promise<void> {
    this.#rows = end - start;
    const bytes = this.#rows * this.#k * 4;
    const usage = Usage.storage | Usage.copySource;
    const score = await this.#gpu.scratch('scores', bytes, usage);
    this.#buffers = { score, index: await this.#gpu.scratch('indexes', bytes, usage) };
  }

  async match(operands: Operands, grids: Iterable<TileGrid>, call: Call): Promise<void> {
    const gpu = this.#gpu;
    const { score, index } = this.#buffers!;
    const params = TopParams.pack({ k: this.#k, rows: this.#rows, yBase: operands.y.start });
    await this.#scoreTiles.search(operands, grids, call, async (scored) => {
      const { rowTiles, tiles, scores, rowTileCount } = scored;
      const group = gpu.bind(this.#fold, [
        await gpu.write('top parameters', params, Usage.uniform),
        rowTiles,
        tiles,
        scores,
        score,
        index,
      ]);
      const end = gpu.submit((encoder) => {
        const pass = encoder.beginComputePass();
        scored.encode(pass);
        dispatch(pass, this.#fold, group, rowTileCount);
        pass.end();
      });
      return { end };
    });
  }

  async finish({ start, end }: RowRange, x: DeviceRows, call: Call): Promise<void> {
    const k = this.#k;
    const { score, index } = this.#top;
    for (let place = 0; place < k; place++) {
      const from = (place * this.#rows + start - x.start) * 4;
      const read = async (buffer: GPUBuffer, take: (bytes: ArrayBuffer, row: number) => void) => {
        const bytes = (end - start) * 4;
        const { done } = await this.#readback.start(buffer, from, bytes, (part, offset) =>
          take(part, start + offset / 4),
        );
        return done;
      };
      const { score: scores, index: indexes } = this.#buffers!;
      const done = [
        read(scores, (bytes, row) => spread(new Float32Array(bytes), score, row, place, k)),
        read(indexes, (bytes, row) => spread(new Int32Array(bytes), index, row, place, k)),
      ];
      call.track(Promise.all(done).then(() => this.#clean(start, end, place)));
      // The copies are submitted one after another.
      await Promise.all(done);
    }
  }

  /** Writes −Infinity where nothing was found, and subtracts the bias from scores. */
  #clean(start: number, end: number, place: number): void {
    const { score, index } = this.#top;
    for (let row = start; row < end; row++) {
      const at = row * this.#k + place;
      if (index[at] === -1) score[at] = -Infinity;
      else if (this.#bias) score[at] -= this.#bias[index[at]];
    }
  }
}

/** Writes the values of consecutive rows, from `row` on, to one of their k places. */
function spread(
  values: Float32Array | Int32Array,
  target: Float32Array | Int32Array,
  row: number,
  place: number,
  k: number,
): void {
  for (let i = 0; i < values.length; i++) target[(row + i) * k + place] = values[i];
}
