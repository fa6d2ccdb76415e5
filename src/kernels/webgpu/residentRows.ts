import { NearduckError } from '../../errors.ts';
import { whenClosed } from '../../rows/storeLifetime.ts';
import { copyStored, type SharedStore, type StoredRows } from '../../rows/storedRows.ts';
import { dispatch } from './dispatch.ts';
import { MAX_WORKGROUPS, Usage, type GpuDevice } from './gpuDevice.ts';
import { GpuMatrix, paddedDim, type GpuSegment } from './gpuMatrix.ts';
import { dropRowBuffer } from './rowBuffers.ts';
import { shader } from './shader.ts';
import type { Staging } from './staging.ts';

/**
 * The rows of the store in use, uploaded once: blocks of it are then copied on the device, whichever rows and in whichever
 * order. They go when the store is closed or another one is used.
 */
export class ResidentRows {
  readonly #gpu: GpuDevice;
  readonly #staging: Staging;
  readonly #gather: GPUComputePipeline;
  readonly #limit: number;
  /** Stores the device had no room for. */
  readonly #refused = new WeakSet<SharedStore>();
  #held: { readonly store: SharedStore; readonly rows: GpuMatrix; readonly forget: () => void } | undefined;

  private constructor(staging: Staging, gather: GPUComputePipeline, limit: number) {
    this.#gpu = staging.gpu;
    this.#staging = staging;
    this.#gather = gather;
    this.#limit = limit;
  }

  /** `limit`: bytes of the largest store to hold. */
  static async create(staging: Staging, limit: number): Promise<ResidentRows> {
    const gather = await staging.gpu.pipeline(shader('gatherRows'), 'gatherRows');
    return new ResidentRows(staging, gather, limit);
  }

  /**
   * A matrix of the first `rows` of the stored rows; undefined where their store is too large to be held, or to be held
   * beside the matrix.
   */
  async matrix(stored: StoredRows, rows: number): Promise<GpuMatrix | undefined> {
    const { store } = stored;
    if (store.rows * paddedDim(store.dim) * 4 > this.#limit || this.#refused.has(store)) return undefined;
    try {
      const held = await this.#hold(store);
      return await this.#copy(held, stored, rows);
    } catch (error) {
      if (!(error instanceof NearduckError) || error.errorClass !== 'Out of Memory') throw error;
      this.#free();
      this.#refused.add(store);
      return undefined;
    }
  }

  async #copy(held: GpuMatrix, stored: StoredRows, rows: number): Promise<GpuMatrix> {
    const matrix = await GpuMatrix.allocate(this.#gpu, rows, held.dim);
    try {
      for (const target of matrix.segments) {
        if (stored.list) await this.#copyListed(held, stored.list, stored.start, target);
        else this.#copyRun(held, stored.start, target);
      }
    } catch (error) {
      matrix.free();
      throw error;
    }
    return matrix;
  }

  /** The rows of the store on the device, uploaded if they are not there yet. */
  async #hold(store: SharedStore): Promise<GpuMatrix> {
    if (this.#held?.store === store) return this.#held.rows;
    this.#free();
    const fill = (target: Float32Array, start: number, end: number) =>
      copyStored({ store, start: 0 }, start, end, target);
    const rows = await GpuMatrix.upload(this.#staging, store.rows, store.dim, fill);
    this.#held = { store, rows, forget: whenClosed(store, () => this.#free()) };
    return rows;
  }

  #free(): void {
    this.#held?.forget();
    this.#held?.rows.free(true);
    this.#held = undefined;
    dropRowBuffer(this.#gpu);
  }

  /** Copies consecutive rows, from row `first` + `target.start` on. */
  #copyRun(held: GpuMatrix, first: number, target: GpuSegment): void {
    const rowBytes = held.width * 16;
    this.#gpu.enqueue((encoder) => {
      for (const source of held.segments) {
        const from = Math.max(first + target.start, source.start);
        const to = Math.min(first + target.start + target.rows, source.start + source.rows);
        if (from >= to) continue;
        const [at, into] = [from - source.start, from - first - target.start].map((row) => row * rowBytes);
        encoder.copyBufferToBuffer(source.buffer, at, target.buffer, into, (to - from) * rowBytes);
      }
    });
  }

  async #copyListed(held: GpuMatrix, list: Int32Array, first: number, target: GpuSegment): Promise<void> {
    const gpu = this.#gpu;
    const from = first + target.start;
    const numbers = new Uint32Array(list.subarray(from, from + target.rows));
    const listed = await gpu.write('rows to gather', numbers, Usage.storage);
    for (const source of held.segments) {
      const range = Uint32Array.of(target.rows, held.width, source.start, source.start + source.rows);
      const params = await gpu.write(`gather parameters ${source.start}`, range, Usage.uniform);
      const group = gpu.bind(this.#gather, [params, listed, source.buffer, target.buffer]);
      gpu.enqueue((encoder) => {
        const pass = encoder.beginComputePass();
        dispatch(pass, this.#gather, group, Math.min(target.rows, MAX_WORKGROUPS));
        pass.end();
      });
    }
  }
}
