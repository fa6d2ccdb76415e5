import { invalidInputError } from '../../errors.ts';
import type { FillRows, Matrix } from '../kernels.ts';
import { Usage, type GpuDevice } from './gpuDevice.ts';
import type { HalfRows } from './halfRows.ts';
import { cutSegments, type Segment } from './segments.ts';

/** Rows are padded with zeros to a multiple of this many values, the stride of the shaders' inner loop. */
const PADDING = 16;
const PIECE_BYTES = 32 * 2 ** 20;
/** Dawn keeps a copy of every write until the device took it. */
const PENDING_BYTES = 128 * 2 ** 20;

export interface GpuSegment extends Segment {
  readonly buffer: GPUBuffer;
}

/** Rows in device buffers, each as large as the device allows. */
export class GpuMatrix implements Matrix {
  readonly rows: number;
  readonly dim: number;
  /** vec4s a row. */
  readonly width: number;
  /** The rows in half precision, once a search made them; freed with the matrix. */
  half: HalfRows | undefined;
  #segments: readonly GpuSegment[] | undefined;

  private constructor(rows: number, dim: number, segments: readonly GpuSegment[]) {
    this.rows = rows;
    this.dim = dim;
    this.width = paddedDim(dim) / 4;
    this.#segments = segments;
  }

  static async upload(gpu: GpuDevice, rows: number, dim: number, fill: FillRows): Promise<GpuMatrix> {
    const rowBytes = paddedDim(dim) * 4;
    const segments: GpuSegment[] = [];
    const matrix = new GpuMatrix(rows, dim, segments);
    try {
      for (const segment of cutSegments(rows, rowBytes, gpu.maxBufferBytes)) {
        const usage = Usage.storage | Usage.copyTarget;
        const buffer = await gpu.allocate('rows', segment.rows * rowBytes, usage);
        segments.push({ ...segment, buffer });
      }
      await write(gpu, segments, dim, fill);
    } catch (error) {
      matrix.free();
      throw error;
    }
    return matrix;
  }

  /** The buffers, in row order; throws once the matrix was freed. */
  get segments(): readonly GpuSegment[] {
    if (this.#segments === undefined) throw invalidInputError('webgpu: the matrix was freed');
    return this.#segments;
  }

  /** Releases the rows in half precision alone. */
  freeHalf(): void {
    this.half?.free();
    this.half = undefined;
  }

  free(): void {
    this.freeHalf();
    for (const { buffer } of this.#segments ?? []) buffer.destroy();
    this.#segments = undefined;
  }
}

const paddedDim = (dim: number): number => Math.ceil(dim / PADDING) * PADDING;

async function write(
  gpu: GpuDevice,
  segments: readonly GpuSegment[],
  dim: number,
  fill: FillRows,
): Promise<void> {
  const padded = paddedDim(dim);
  const rows = segments.at(-1);
  const most = Math.min(
    Math.max(1, Math.floor(PIECE_BYTES / (padded * 4))),
    rows ? rows.start + rows.rows : 0,
  );
  const piece = new Float32Array(most * padded);
  const filled = padded === dim ? piece : new Float32Array(most * dim);
  let pending = 0;
  for (const { buffer, start, rows } of segments) {
    for (let row = 0; row < rows; row += most) {
      const count = Math.min(most, rows - row);
      fill(filled, start + row, start + row + count);
      if (filled !== piece) pad(filled, dim, piece, padded, count);
      gpu.queue.writeBuffer(buffer, row * padded * 4, piece, 0, count * padded);
      pending += count * padded * 4;
      if (pending < PENDING_BYTES) continue;
      await gpu.submit(() => {});
      pending = 0;
    }
  }
  await gpu.submit(() => {});
}

/** Copies `rows` rows of `dim` values to rows `padded` values apart; what lies between stays zero. */
function pad(from: Float32Array, dim: number, to: Float32Array, padded: number, rows: number): void {
  for (let row = 0; row < rows; row++) to.set(from.subarray(row * dim, (row + 1) * dim), row * padded);
}
