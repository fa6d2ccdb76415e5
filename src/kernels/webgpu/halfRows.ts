import { dispatch } from './dispatch.ts';
import { MAX_WORKGROUPS, Usage, type GpuDevice } from './gpuDevice.ts';
import type { GpuMatrix } from './gpuMatrix.ts';

/** Products on matrix units read whole tiles: rows beyond the last are there, whatever they hold. */
const SPARE_ROWS = 128;

/** Rows that the panels of a segment of `rows` rows have room for: see `halfRows.wgsl`. */
export const panelRows = (rows: number): number => rows + SPARE_ROWS;

/** The rows of a matrix in half precision, scaled by 2¹⁴. */
export class HalfRows {
  /** One buffer a segment: 8 bytes for each vec4 of the float32 rows. */
  readonly buffers: readonly GPUBuffer[];
  /** Two f32: the largest length of a row, and of a row's rounding error. */
  readonly lengths: GPUBuffer;

  private constructor(buffers: readonly GPUBuffer[], lengths: GPUBuffer) {
    this.buffers = buffers;
    this.lengths = lengths;
  }

  /** Those of `matrix`: made by `convert` (`halfRows.wgsl`) the first time, kept with it from then on. */
  static async of(gpu: GpuDevice, convert: GPUComputePipeline, matrix: GpuMatrix): Promise<HalfRows> {
    if (matrix.half) return matrix.half;
    const { segments, width } = matrix;
    const buffers: GPUBuffer[] = [];
    const half = new HalfRows(buffers, await gpu.allocate('lengths', 8, Usage.storage));
    // From here on `matrix.free` frees what was made.
    matrix.half = half;
    try {
      for (const { rows, buffer } of segments) {
        const halves = await gpu.allocate('half rows', panelRows(rows) * width * 8, Usage.storage);
        buffers.push(halves);
        const params = await gpu.write(
          'half parameters',
          Uint32Array.of(rows, width, panelRows(rows)),
          Usage.uniform,
        );
        const group = gpu.bind(convert, [params, buffer, halves, half.lengths]);
        await gpu.submit((encoder) => {
          const pass = encoder.beginComputePass();
          dispatch(pass, convert, group, Math.min(rows, MAX_WORKGROUPS));
          pass.end();
        });
      }
    } catch (error) {
      matrix.freeHalf();
      throw error;
    }
    return half;
  }

  free(): void {
    for (const buffer of [...this.buffers, this.lengths]) buffer.destroy();
  }
}
