import type { Simd } from '../../../simd/simd.ts';
import type { Graphs } from '../products/graphs.ts';
import type { LeftBytes, RightBytes } from '../products/quantizedRows.ts';
import { pickProducts } from './pickProducts.ts';
import type { SearchTile } from './searchTile.ts';
import { MAX_CANDIDATES, float32Error, productError } from './tileSearch.ts';

/**
 * Targets per product. ONNX Runtime packs the bytes of this many targets once and keeps them in the cache.
 */
export const TILE_COLUMNS = 192;

/** The largest byte represents slightly more than the largest possible product. */
const HEADROOM = 1.001;
/** Maximum rounding error of a byte, in steps: slightly more than one half. */
const ROUNDING = 0.501;
/** Bytes that are read after the products. */
const PAST_END = 32;

/** A tile's rows and targets as bytes. */
export interface ByteOperands {
  readonly x: LeftBytes;
  /** The targets, `TILE_COLUMNS` at a time. */
  readonly targets: readonly RightBytes[];
  /** With true, row i is only compared with targets before i. */
  readonly triangle: boolean;
}

/**
 * Updates the results of a tile's rows with products that are bytes. Returns the rows that remain undecided.
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
      // The address of row 0, if it existed.
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
    return pickProducts(simd, tile, { bytes, error, limit: MAX_CANDIDATES });
  } finally {
    for (const address of allocated) simd.free(address);
  }
}

/** Per row, the value of one unit of a product's byte, and its maximum error. */
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
  // The largest product in units of a row's scale, from its bytes, which are at most 127. A row with scale 0
  // contains only zeros.
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
