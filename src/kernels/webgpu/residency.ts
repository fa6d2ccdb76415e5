import type { RowView, SharedStore } from '../../rows/rowView.ts';
import { whenClosed } from '../../rows/storeLifetime.ts';
import type { Call } from './call.ts';
import type { Staging } from './device/staging.ts';
import { paddedDim, rowBytes, type DeviceRows, type RowRange } from './rows/deviceRows.ts';
import { RowGatherer } from './rows/gatherRows.ts';
import { HeldStores, ROWS_USAGE } from './rows/heldStores.ts';
import { KeptRows } from './rows/keptRows.ts';
import { uploadRows } from './rows/uploadRows.ts';

/** Limits of the rows on the device. */
export interface ResidencyOptions {
  /** Bytes of rows, in addition to results and staging buffers. */
  readonly memory: number;
  /** Maximum rows per batch. */
  readonly batchRows: number;
}

/** The share of the memory for entire stores. The rest is for data derived from them. */
const STORE_SHARE = 0.75;
/**
 * Maximum bytes per batch. Larger ones are no faster, and the device is idle while the first one is
 * assembled.
 */
const BATCH_BYTES = 128 * 2 ** 20;
/** Minimum rows per batch, however little memory there is. */
const MIN_ROWS = 128;

const QUERIES = 'query rows';
const TARGETS = 'target rows';

/**
 * Decides which rows are on the device. Stores that fit are held as a whole, and batches of their rows are
 * gathered on the device. Batches of other stores are uploaded. Rows that a fit requests repeatedly are kept
 * as batches.
 */
export class Residency {
  readonly #staging: Staging;
  readonly #gatherer: RowGatherer;
  readonly #held: HeldStores;
  readonly #kept: KeptRows;
  readonly #options: ResidencyOptions;
  /** Stores for which a handler waits until they are closed. */
  readonly #watched = new WeakSet<SharedStore>();
  /** Rows per batch of the current call. */
  #batchRows = 0;

  private constructor(staging: Staging, gatherer: RowGatherer, options: ResidencyOptions) {
    this.#staging = staging;
    this.#gatherer = gatherer;
    this.#options = options;
    this.#held = new HeldStores(staging, Math.floor(options.memory * STORE_SHARE));
    this.#kept = new KeptRows(staging.gpu, this.#spare);
  }

  static async create(staging: Staging, options: ResidencyOptions): Promise<Residency> {
    return new Residency(staging, await RowGatherer.create(staging.gpu), options);
  }

  /**
   * Begins a call. Without `targets`, it compares rows with centroids, as a fit does. Returns the rows per
   * batch (at most `maxRows`) and the place of the first query, from which batches are counted.
   */
  async open(
    queries: RowView,
    targets: RowView | undefined,
    mostRows: number,
    call: Call,
  ): Promise<{ batchRows: number; first: number }> {
    const keeps = targets === undefined && this.#keeps(queries, call);
    if (keeps) {
      this.#kept.keep(queries);
      this.#staging.gpu.drop(QUERIES);
    } else this.#kept.clear();
    const stores = targets ? [targets.store, queries.store] : [queries.store];
    for (const store of stores) this.#watch(store);
    // Without a list, the kept rows are those of the store.
    if (!keeps || queries.list) await this.#held.hold(stores, call);
    const isResident = keeps || stores.every((store) => this.#held.get(store));
    const most = Math.min(BATCH_BYTES, this.#spare / 2);
    const bytes = isResident ? most : Math.min(most, call.memory / 2);
    this.#batchRows = Math.max(1, Math.min(mostRows, this.#rowsWithin(bytes, queries.store.dim)));
    return { batchRows: this.#batchRows, first: keeps ? queries.start : 0 };
  }

  /** The rows of the queries, all in one batch. They are valid until the next call. */
  queries(view: RowView, range: RowRange, call: Call): Promise<DeviceRows> {
    if (!this.#kept.store) return this.#load(view, range, QUERIES, call);
    return this.#kept.rows(view, range, this.#batchRows, (rows, buffer) =>
      this.#fill(view, rows, buffer, call),
    );
  }

  /** The rows of the targets. They are valid until the next call. */
  targets(view: RowView, range: RowRange, call: Call): Promise<DeviceRows> {
    return this.#load(view, range, TARGETS, call);
  }

  /**
   * Frees memory after the device ran out of it: stores of the last call are not held again. Returns false
   * when none was held.
   */
  releaseStores(): boolean {
    const stores = [...this.#held.stores(), ...(this.#kept.store ? [this.#kept.store] : [])];
    for (const store of stores) this.#held.exclude(store);
    this.#kept.clear();
    this.#dropBatches();
    return stores.length > 0;
  }

  /** Bytes available in addition to the held stores. */
  get #spare(): number {
    return Math.floor(this.#options.memory * (1 - STORE_SHARE));
  }

  #keeps(view: RowView, call: Call): boolean {
    const { store, list, count } = view;
    if (this.#held.isRefused(store) || (!list && this.#held.get(store))) return false;
    return count * store.dim * 4 <= call.memory && this.#kept.hasRoomFor(view);
  }

  #rowsWithin(bytes: number, dim: number): number {
    const affordable = Math.max(MIN_ROWS, Math.floor(bytes / rowBytes(dim)));
    const bindable = Math.floor(this.#staging.gpu.maxBufferBytes / rowBytes(dim));
    return Math.max(1, Math.min(affordable, bindable, this.#options.batchRows));
  }

  async #load(view: RowView, range: RowRange, label: string, call: Call): Promise<DeviceRows> {
    const { dim } = view.store;
    const bytes = (range.end - range.start) * rowBytes(dim);
    const buffer = await this.#staging.gpu.scratch(label, bytes, ROWS_USAGE);
    await this.#fill(view, range, buffer, call);
    return { ...range, buffer, width: paddedDim(dim) / 4 };
  }

  async #fill(view: RowView, range: RowRange, buffer: GPUBuffer, call: Call): Promise<void> {
    const stored = this.#held.get(view.store);
    if (stored) await this.#gatherer.gather(stored, view, range, buffer);
    else await uploadRows(this.#staging, view, range, buffer, call);
  }

  #watch(store: SharedStore): void {
    if (this.#watched.has(store)) return;
    this.#watched.add(store);
    whenClosed(store, () => this.#forget(store));
  }

  /** Frees all rows of a closed store. */
  #forget(store: SharedStore): void {
    this.#held.release(store);
    if (this.#kept.store === store) this.#kept.clear();
    this.#dropBatches();
  }

  #dropBatches(): void {
    for (const label of [QUERIES, TARGETS]) this.#staging.gpu.drop(label);
  }
}
