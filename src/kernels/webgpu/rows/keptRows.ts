import type { RowView, SharedStore } from '../../../rows/rowView.ts';
import type { GpuDevice } from '../device/gpuDevice.ts';
import { contains, paddedDim, rowBytes, type DeviceRows, type RowRange } from './deviceRows.ts';
import { ROWS_USAGE } from './heldStores.ts';

/**
 * The rows that a fit requests repeatedly: those of one list, or of a store without a list, in batches that
 * begin at multiples of `batchRows`. Views of the same list share the batches.
 */
export class KeptRows {
  readonly #gpu: GpuDevice;
  readonly #limit: number;
  /** Batches by number. Their ranges are positions in the list. */
  readonly #batches = new Map<number, DeviceRows>();
  #list: Int32Array | undefined;
  #store: SharedStore | undefined;

  /** `limit` is the maximum number of bytes of rows. */
  constructor(gpu: GpuDevice, limit: number) {
    this.#gpu = gpu;
    this.#limit = limit;
  }

  /** The store whose rows are kept. */
  get store(): SharedStore | undefined {
    return this.#store;
  }

  hasRoomFor({ store, count }: RowView): boolean {
    return count * rowBytes(store.dim) <= this.#limit;
  }

  /** Keeps rows of this list and store from now on, and releases all others. */
  keep({ list, store }: RowView): void {
    if (this.#store === store && this.#list === list) return;
    this.clear();
    [this.#list, this.#store] = [list, store];
  }

  /** Releases all rows. */
  clear(): void {
    this.#free();
    this.#list = this.#store = undefined;
  }

  /**
   * Returns the batch with rows `range` of the view, which must not span two batches. `fill` copies missing
   * rows of the view to a buffer.
   */
  async rows(
    view: RowView,
    range: RowRange,
    batchRows: number,
    fill: (range: RowRange, target: GPUBuffer) => Promise<void>,
  ): Promise<DeviceRows> {
    const first = view.start;
    const batch = Math.floor((first + range.start) / batchRows);
    const kept = this.#batches.get(batch);
    if (kept && contains(kept, { start: first + range.start, end: first + range.end }))
      return moved(kept, first);
    kept?.buffer.destroy();
    this.#batches.delete(batch);
    // All rows that the view shares with the batch.
    const start = Math.max(batch * batchRows - first, 0);
    const end = Math.min((batch + 1) * batchRows - first, view.count);
    const bytes = (end - start) * rowBytes(view.store.dim);
    if (this.#bytes() + bytes > this.#limit) this.#free();
    const buffer = await this.#gpu.allocate('rows', bytes, ROWS_USAGE);
    try {
      await fill({ start, end }, buffer);
    } catch (error) {
      buffer.destroy();
      throw error;
    }
    const width = paddedDim(view.store.dim) / 4;
    this.#batches.set(batch, { start: first + start, end: first + end, buffer, width });
    return { start, end, buffer, width };
  }

  #bytes(): number {
    let vectors = 0;
    for (const { start, end, width } of this.#batches.values()) vectors += (end - start) * width;
    return vectors * 16;
  }

  #free(): void {
    for (const { buffer } of this.#batches.values()) buffer.destroy();
    this.#batches.clear();
  }
}

/** The same rows, with positions relative to `first`. */
const moved = (rows: DeviceRows, first: number): DeviceRows => ({
  ...rows,
  start: rows.start - first,
  end: rows.end - first,
});
