import { invalidInputError } from '../../errors.ts';
import type { FillRows, Matrix } from '../kernels.ts';
import type { GpuDevice } from './gpuDevice.ts';
import { giveRowBuffer, takeRowBuffer } from './rowBuffers.ts';
import { cutSegments, type Segment } from './segments.ts';
import { PIECE_BYTES, type Staging } from './staging.ts';

/** Rows are padded with zeros to a multiple of this many values, the stride of the shaders' inner loop. */
const PADDING = 32;

export interface GpuSegment extends Segment {
  readonly buffer: GPUBuffer;
}

/** Rows in device buffers, as few as the device allows; a buffer may be larger than its rows. */
export class GpuMatrix implements Matrix {
  readonly rows: number;
  readonly dim: number;
  /** vec4s a row. */
  readonly width: number;
  readonly #gpu: GpuDevice;
  #segments: readonly GpuSegment[] | undefined;

  private constructor(gpu: GpuDevice, rows: number, dim: number, segments: readonly GpuSegment[]) {
    this.#gpu = gpu;
    this.rows = rows;
    this.dim = dim;
    this.width = paddedDim(dim) / 4;
    this.#segments = segments;
  }

  /** A matrix whose rows are not written yet. */
  static async allocate(gpu: GpuDevice, rows: number, dim: number): Promise<GpuMatrix> {
    const rowBytes = paddedDim(dim) * 4;
    const segments: GpuSegment[] = [];
    const matrix = new GpuMatrix(gpu, rows, dim, segments);
    try {
      for (const segment of cutSegments(rows, rowBytes, gpu.maxBufferBytes)) {
        segments.push({ ...segment, buffer: await takeRowBuffer(gpu, segment.rows * rowBytes) });
      }
    } catch (error) {
      matrix.free();
      throw error;
    }
    return matrix;
  }

  static async upload(staging: Staging, rows: number, dim: number, fill: FillRows): Promise<GpuMatrix> {
    const matrix = await GpuMatrix.allocate(staging.gpu, rows, dim);
    try {
      await write(staging, matrix.segments, dim, fill);
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

  /** `forGood`: its buffers are not kept for the next matrix. */
  free(forGood = false): void {
    for (const { buffer } of this.#segments ?? []) {
      if (forGood) buffer.destroy();
      else giveRowBuffer(this.#gpu, buffer);
    }
    this.#segments = undefined;
  }
}

/** Values a row of `dim` values takes on the device. */
export const paddedDim = (dim: number): number => Math.ceil(dim / PADDING) * PADDING;

async function write(
  staging: Staging,
  segments: readonly GpuSegment[],
  dim: number,
  fill: FillRows,
): Promise<void> {
  const padded = paddedDim(dim);
  const most = Math.max(1, Math.floor(PIECE_BYTES / (padded * 4)));
  const unpadded = padded === dim ? undefined : new Float32Array(most * dim);
  for (const { buffer, start, rows } of segments) {
    for (let row = 0; row < rows; row += most) {
      const count = Math.min(most, rows - row);
      const from = start + row;
      await staging.write(buffer, row * padded * 4, count * padded * 4, (into) => {
        if (!unpadded) {
          fill(into, from, from + count);
          return;
        }
        fill(unpadded, from, from + count);
        pad(unpadded, dim, into, padded, count);
      });
    }
  }
}

/** Copies `rows` rows of `dim` values to rows `padded` values apart, with zeros between. */
function pad(from: Float32Array, dim: number, to: Float32Array, padded: number, rows: number): void {
  for (let row = 0; row < rows; row++) {
    to.set(from.subarray(row * dim, (row + 1) * dim), row * padded);
    to.fill(0, row * padded + dim, (row + 1) * padded);
  }
}
