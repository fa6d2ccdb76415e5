import { copyStored, type StoredRows } from '../../rows/storedRows.ts';
import type { Simd } from '../../simd/simd.ts';
import { TILE_ROWS, type Unit } from './laneCalls.ts';
import { leftBytes, quantizeRows, rightBytes, type QuantizedRows, type RightBytes } from './quantizedRows.ts';
import type { Best, Search } from './search.ts';
import { diagonalTiles, laterTiles } from './triangleTiles.ts';

/** Rows of a tile in float32 alone: smaller, since what lies above the diagonal costs more to compute. */
const FLOAT32_TILE_ROWS = 256;

/** How to search: `int8` may products of bytes be tried, `likely` are they expected to pay. */
export interface Int8Use {
  readonly int8: boolean;
  readonly likely: boolean;
}

/** Improves `best` of a unit's rows: with each other, then with the rows before the unit, tile by tile. */
export async function searchUnit(
  simd: Simd,
  search: Search,
  unit: Unit,
  best: Best,
  { int8, likely }: Int8Use,
): Promise<void> {
  const { dim, rows, stored, offsets, base, earlier } = unit;
  const size = int8 && likely ? TILE_ROWS : FLOAT32_TILE_ROWS;
  const own = new PlacedRows(simd, stored, 0, rows, dim);
  /** Rows `start` to `end` against rows `from` to `to` of `refs`, the first of which is `refBase`. */
  const tile = (start: number, end: number, refs: PlacedRows, from: number, to: number, refBase: number) => ({
    dim,
    x: own.slice(start, end),
    refs: refs.slice(from, to),
    best: { score: best.score + start * 4, index: best.index + start * 4 },
    base: refBase + from,
    bytes: int8 ? () => ({ x: own.left(start), refs: refs.right(from, to) }) : undefined,
  });
  try {
    for (const { start, end, ranges } of offsets ? diagonalTiles(offsets, size) : []) {
      await search.improve({ ...tile(start, end, own, start, end, base), ranges });
    }
    for (const { start, end, refStart, refEnd } of offsets ? laterTiles(offsets, size) : []) {
      await search.improve(tile(start, end, own, refStart, refEnd, base));
    }
    const earlierRows = earlier?.rows ?? 0;
    for (let first = 0; first < earlierRows; first += size) {
      const last = Math.min(earlierRows, first + size);
      const others = new PlacedRows(simd, earlier!.stored, first, last, dim);
      try {
        for (let start = 0; start < rows; start += size) {
          const end = Math.min(rows, start + size);
          await search.improve(tile(start, end, others, 0, last - first, earlier!.base + first));
        }
      } finally {
        others.free();
      }
    }
  } finally {
    own.free();
  }
}

/** Rows in SIMD memory, as bytes too once asked for. */
class PlacedRows {
  readonly #simd: Simd;
  readonly #rows: number;
  readonly #dim: number;
  readonly #address: number;
  #quantized: QuantizedRows | undefined;
  readonly #right = new Map<string, RightBytes>();

  /** Copies rows `start` to `end` of what is stored. */
  constructor(simd: Simd, stored: StoredRows, start: number, end: number, dim: number) {
    this.#simd = simd;
    this.#rows = end - start;
    this.#dim = dim;
    this.#address = simd.allocate(this.#rows * dim * 4);
    copyStored(stored, start, end, simd.f32(this.#address, this.#rows * dim));
  }

  slice(start: number, end: number): { address: number; rows: number } {
    return { address: this.#address + start * this.#dim * 4, rows: end - start };
  }

  left(start: number): ReturnType<typeof leftBytes> {
    return leftBytes(this.#bytes(), start, this.#dim);
  }

  right(start: number, end: number): RightBytes {
    const key = `${start} ${end}`;
    const known = this.#right.get(key);
    if (known) return known;
    const made = rightBytes(this.#simd, this.#bytes(), start, end, this.#dim);
    this.#right.set(key, made);
    return made;
  }

  free(): void {
    for (const { bytes } of this.#right.values()) this.#simd.free(bytes);
    this.#quantized?.free();
    this.#simd.free(this.#address);
  }

  #bytes(): QuantizedRows {
    const rows = { address: this.#address, rows: this.#rows };
    return (this.#quantized ??= quantizeRows(this.#simd, rows, this.#dim));
  }
}
