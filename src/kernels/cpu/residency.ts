import type { RowView } from '../../rows/rowView.ts';
import { whenClosed } from '../../rows/storeLifetime.ts';
import type { Lanes } from './lanes/lanes.ts';

/**
 * The WebAssembly memory of a lane is limited to 4 GiB. Bytes, tiles and products need memory besides the
 * rows.
 */
const LANE_BYTES = 2 ** 31;

/**
 * Decides whether lanes keep tiles of rows in their memory. They keep tiles of one list or store at a time,
 * if they fit.
 */
export class Residency {
  readonly #lanes: Lanes;
  #kept: { readonly rows: object; readonly forget: () => void } | undefined;

  constructor(lanes: Lanes) {
    this.#lanes = lanes;
  }

  /**
   * Returns true when lanes keep tiles of the view, with `memory` bytes and this number of threads. Tiles of
   * other rows are released.
   */
  keep({ store, list, count }: RowView, memory: number, threads: number): boolean {
    const rows = list ?? store;
    if (count * store.dim * 4 > Math.min(memory, LANE_BYTES * threads)) {
      this.release();
      return false;
    }
    if (this.#kept?.rows !== rows) {
      this.release();
      this.#kept = { rows, forget: whenClosed(store, () => this.release()) };
    }
    return true;
  }

  release(): void {
    if (!this.#kept) return;
    this.#kept.forget();
    this.#kept = undefined;
    this.#lanes.release();
  }
}
