import type { Simd } from '../../../simd/simd.ts';
import type { Graphs } from '../products/graphs.ts';
import type { LeftBytes, RightBytes } from '../products/quantizedRows.ts';
import { pickProducts } from './pickProducts.ts';
import type { SearchTile } from './searchTile.ts';
import { CANDIDATES, float32Error, productError } from './tileSearch.ts';

/**
 * Targets per product: of all rows with so few of them packs their bytes once and keeps them in the cache.
 */
export const TILE_COLUMNS = 192;

/** The largest byte stands for a little more than the largest product there can be. */
const HEADROOM = 1.001;
/** Maximum rounding error of a byte, in steps: slightly more than one half. */
const ROUNDING = 0.501;
/** Bytes that are read past the products. */
const PAST_END = 16;

/** A tile's rows and targets as bytes. */
export interface ByteOperands {
  readonly x: LeftBytes;
  /** The targets, `TILE_COLUMNS` at a time. */
  readonly targets: readonly RightBytes[];
  /** Row i may only match targets before i: products with later targets are left out. */
  readonly triangle: boolean;
}

/**
 * Improves what a tile's rows have found with products that are bytes themselves. Returns the rows they could
 * not decide.
 */
export async function searchBytes(
  simd: Simd,
  graphs: Graphs,
  tile: SearchTile,
  { x: left, targets: tiles, triangle }: ByteOperands,
): Promise<Int32Array> {
  const { x, targets, dim } = tile;
  const columnsOf = (t: number): number => Math.min(TILE_COLUMNS, targets.rows - t * TILE_COLUMNS);
  const firstRow = (t: number): number => (triangle ? t * TILE_COLUMNS : 0);
  const sizes = tiles.map((_, t) => (x.rows - firstRow(t)) * columnsOf(t));
  const { step, error, yScale } = precision(simd, tile, left, tiles);
  const allocated: number[] = [];
  const allocate = (bytes: number): number => {
    const address = simd.allocate(bytes);
    allocated.push(address);
    return address;
  };
  try {
    const segments = allocate(tiles.length * 4);
    let y = allocate(sizes.reduce((sum, size) => sum + size, PAST_END));
    for (const [t, { bytes, scale }] of tiles.entries()) {
      const row = firstRow(t);
      const n = columnsOf(t);
      const product = { a: left.bytes + row * dim, m: x.rows - row, b: bytes, n, dim, y };
      const scales = simd.f32(scale, n).map((value) => value / yScale);
      await graphs.bytes(simd, product, scales);
      // Where row 0 would be.
      simd.i32(segments + t * 4, 1)[0] = y - row * n;
      y += sizes[t];
    }
    const bytes = {
      segments,
      width: TILE_COLUMNS,
      step,
      rowOffset: left.centred?.offset ?? 0,
      columnOffset: tiles[0].centred?.offset ?? 0,
    };
    return pickProducts(simd, tile, { bytes, error, limit: CANDIDATES });
  } finally {
    for (const address of allocated) simd.free(address);
  }
}

/** What a byte of a product stands for in each row, and how far from the truth it may be. */
function precision(
  simd: Simd,
  { x, dim }: SearchTile,
  left: LeftBytes,
  tiles: readonly RightBytes[],
): { step: Float32Array; error: Float32Array; yScale: number } {
  const { rows } = x;
  const scale = simd.f32(left.scale, rows);
  const norms = left.centred && simd.f32(left.centred.norm, rows);
  const norm = (row: number): number => norms?.[row] ?? 1;
  const step = new Float32Array(rows);
  const error = simd.f32(left.error, rows).slice();
  const lost = tiles.reduce((most, { lost }) => Math.max(most, lost), 0);
  const targetNorm = tiles.reduce((most, { centred }) => Math.max(most, centred?.largestNorm ?? 1), 0);
  // The largest product in units of a row's scale: that of what its bytes keep, which are 127 at most. A row
  // of scale 0 has nothing but zeros.
  let largest = 0;
  for (let i = 0; i < rows; i++) {
    if (scale[i] === 0) continue;
    largest = Math.max(largest, Math.min((norm(i) + error[i]) / scale[i], 127 * Math.sqrt(dim)));
  }
  const yScale = largest > 0 ? (HEADROOM * largest * (targetNorm + lost)) / 255 : 1;
  const rounding = float32Error(dim, 1) * (norms ? 3 : 1);
  for (let i = 0; i < rows; i++) {
    step[i] = scale[i] * yScale;
    error[i] = productError(error[i], norm(i), lost, targetNorm) + rounding + ROUNDING * step[i];
  }
  return { step, error, yScale };
}
