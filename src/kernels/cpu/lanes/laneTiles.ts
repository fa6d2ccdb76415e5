import { sliceView } from '../../../rows/rowView.ts';
import type { Simd } from '../../../simd/simd.ts';
import { Tile, TILE_ROWS } from '../products/tile.ts';
import { checkCall, takeNext, type CallState } from './callState.ts';
import type { TiledRows } from './laneCalls.ts';

/** The tiles of a lane. Tiles of rows that will be used again stay in its memory. */
export class LaneTiles {
  readonly #simd: Simd;
  /** Kept tiles by their position in the store or list, in tiles. */
  readonly #kept = new Map<number, Tile>();

  constructor(simd: Simd) {
    this.#simd = simd;
  }

  /** The lane's tiles of a view in order, each with the number of its first row. */
  *of({ view, keep, lane, lanes }: TiledRows, call: CallState): Generator<{ tile: Tile; start: number }> {
    const first = Math.floor(view.start / TILE_ROWS);
    const end = view.start + view.count;
    let own = first + ((lane + lanes - (first % lanes)) % lanes);
    const next = (): number => {
      if (!keep) return first + takeNext(call);
      own += lanes;
      return own - lanes;
    };
    for (let place = next(); place * TILE_ROWS < end; place = next()) {
      checkCall(call);
      const start = Math.max(view.start, place * TILE_ROWS) - view.start;
      const rows = sliceView(view, start, Math.min(end, (place + 1) * TILE_ROWS) - view.start);
      const tile = keep ? this.#keep(place, new Tile(this.#simd, rows)) : new Tile(this.#simd, rows);
      try {
        yield { tile, start };
      } finally {
        if (!keep) tile.free();
      }
    }
  }

  release(): void {
    for (const tile of this.#kept.values()) tile.free();
    this.#kept.clear();
  }

  /** The tile kept at a position, or `tile` when there is none with the same rows. */
  #keep(place: number, tile: Tile): Tile {
    const kept = this.#kept.get(place);
    if (kept?.isSame(tile)) return kept;
    kept?.free();
    this.#kept.set(place, tile);
    return tile;
  }
}
