import { NearduckError } from '../../../errors.ts';
import { viewRows, type SharedStore } from '../../../rows/rowView.ts';
import type { Call } from '../call.ts';
import { Usage } from '../device/gpuDevice.ts';
import type { Staging } from '../device/staging.ts';
import { cutRows, paddedDim, rowBytes, type DeviceRows } from './deviceRows.ts';
import { uploadRows } from './uploadRows.ts';

/** The usage of buffers that hold rows. */
export const ROWS_USAGE = Usage.storage | Usage.copyTarget | Usage.copySource;

/** True when the device had no memory left. */
export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof NearduckError && error.errorClass === 'Out of Memory';

/** The stores that are completely on the device, each in as few buffers as possible. */
export class HeldStores {
  readonly #staging: Staging;
  readonly #limit: number;
  readonly #held = new Map<SharedStore, readonly DeviceRows[]>();
  /** Stores for which the device had no room. */
  readonly #refused = new WeakSet<SharedStore>();

  /** `limit` is the maximum number of bytes of rows. */
  constructor(staging: Staging, limit: number) {
    this.#staging = staging;
    this.#limit = limit;
  }

  /** The rows of a store. Undefined when they are not on the device. */
  get(store: SharedStore): readonly DeviceRows[] | undefined {
    return this.#held.get(store);
  }

  isRefused(store: SharedStore): boolean {
    return this.#refused.has(store);
  }

  /** Uploads the `stores` that fit, in order, and releases all others. */
  async hold(stores: readonly SharedStore[], call: Call): Promise<void> {
    const fitting = new Set<SharedStore>();
    let bytes = 0;
    for (const store of stores) {
      const size = store.rows * rowBytes(store.dim);
      if (fitting.has(store) || this.#refused.has(store) || bytes + size > this.#limit) continue;
      fitting.add(store);
      bytes += size;
    }
    for (const store of this.#held.keys()) if (!fitting.has(store)) this.release(store);
    for (const store of fitting) if (!this.#held.has(store)) await this.#upload(store, call);
  }

  /** Releases a store. */
  release(store: SharedStore): void {
    for (const { buffer } of this.#held.get(store) ?? []) buffer.destroy();
    this.#held.delete(store);
  }

  stores(): readonly SharedStore[] {
    return [...this.#held.keys()];
  }

  /** Releases a store and never holds it again. */
  exclude(store: SharedStore): void {
    this.release(store);
    this.#refused.add(store);
  }

  /** Uploads all rows of a store. Refuses the store when the device has no room. */
  async #upload(store: SharedStore, call: Call): Promise<void> {
    const { gpu } = this.#staging;
    const bytes = rowBytes(store.dim);
    const rows: DeviceRows[] = [];
    this.#held.set(store, rows);
    try {
      const most = Math.max(1, Math.floor(gpu.maxBufferBytes / bytes));
      for (const range of cutRows({ start: 0, end: store.rows }, most)) {
        const buffer = await gpu.allocate('rows', (range.end - range.start) * bytes, ROWS_USAGE);
        rows.push({ ...range, buffer, width: paddedDim(store.dim) / 4 });
      }
      for (const held of rows) await uploadRows(this.#staging, viewRows(store), held, held.buffer, call);
    } catch (error) {
      if (isOutOfMemory(error)) return this.exclude(store);
      this.release(store);
      throw error;
    }
  }
}
