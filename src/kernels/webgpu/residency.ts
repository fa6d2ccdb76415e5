import type { RowView, SharedStore } from '../../rows/rowView.ts';
import { whenClosed } from '../../rows/storeLifetime.ts';
import type { Call } from './call.ts';
import type { Staging } from './device/staging.ts';
import { paddedDim, rowBytes, type DeviceRows, type RowRange } from './rows/deviceRows.ts';
import { RowGatherer } from './rows/gatherRows.ts';
import { HeldStores, ROWS_USAGE } from './rows/heldStores.ts';
import { KeptRows } from './rows/keptRows.ts';
import { uploadRows } from './rows/uploadRows.ts';

/** Limits for the rows on the device at any time. */
export interface ResidencyOptions {
  /** Bytes of rows, beside results and what uploads pass through. */
  readonly memory: number;
  /** Rows per batch at most. */
  readonly batchRows: number;
}

/** The share of the memory for entire stores. The rest is for data derived from them. */
const STORE_SHARE = 0.75;
/**
 * Bytes per batch at most: larger ones are no faster, and the device waits while the first one is put
 * together.
 */
const BATCH_BYTES = 128 * 2 ** 20;
/** Rows per batch that are worth a call, however little memory there is. */
const MIN_ROWS = 128;

const QUERIES = 'query rows';
const TARGETS = 'target rows';

/**
 * Which rows are on the device. Stores are held whole where they fit, and batches of any of their rows are
 * then gathered on the device; batches of other stores are uploaded. Rows that a fit asks for again and again
 * are kept as they are.
 */
export class Residency {
  readonly #staging: Staging;
  readonly #gatherer: RowGatherer;
  readonly #held: HeldStores;
  readonly #kept: KeptRows;
  readonly #options: ResidencyOptions;
  /** Stores whose end is waited for. */
  readonly #watched = new WeakSet<SharedStore>();
  /** Rows per batch of the call. */
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
   * Begins a call; without `targets` one against centroids, as in a fit. Returns the rows per batch, at most
   * `mostRows`, and the place of the first query, from which batches are counted.
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
    // Without a list the rows kept are the store.
    if (!keeps || queries.list) await this.#held.hold(stores, call);
    const isResident = keeps || stores.every((store) => this.#held.get(store));
    const most = Math.min(BATCH_BYTES, this.#spare / 2);
    const bytes = isResident ? most : Math.min(most, call.memory / 2);
    this.#batchRows = Math.max(1, Math.min(mostRows, this.#rowsWithin(bytes, queries.store.dim)));
    return { batchRows: this.#batchRows, first: keeps ? queries.start : 0 };
  }

  /** Rows of the queries, all in one batch; there until the next ones are asked for. */
  queries(view: RowView, range: RowRange, call: Call): Promise<DeviceRows> {
    if (!this.#kept.store) return this.#load(view, range, QUERIES, call);
    return this.#kept.rows(view, range, this.#batchRows, (rows, buffer) =>
      this.#fill(view, rows, buffer, call),
    );
  }

  /** Rows of the targets; there until the next ones are asked for. */
  targets(view: RowView, range: RowRange, call: Call): Promise<DeviceRows> {
    return this.#load(view, range, TARGETS, call);
  }

  /**
   * Makes room after the device had none: nothing of the last call is held again. False where nothing was.
   */
  giveUp(): boolean {
    const stores = [...this.#held.stores(), ...(this.#kept.store ? [this.#kept.store] : [])];
    for (const store of stores) this.#held.refuse(store);
    this.#kept.clear();
    this.#dropBatches();
    return stores.length > 0;
  }

  /** Bytes beside whole stores. */
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

  /** Nothing of a closed store stays on the device. */
  #forget(store: SharedStore): void {
    this.#held.release(store);
    if (this.#kept.store === store) this.#kept.clear();
    this.#dropBatches();
  }

  #dropBatches(): void {
    for (const label of [QUERIES, TARGETS]) this.#staging.gpu.drop(label);
  }
}
