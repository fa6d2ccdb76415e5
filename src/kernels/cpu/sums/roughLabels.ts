import { addDone, checkCall, type CallState } from '../lanes/callState.ts';
import { TILE_CENTROIDS, wideBytes, type SimdCentroids } from '../products/simdCentroids.ts';
import type { LeftBytes } from '../products/quantizedRows.ts';
import type { Tile } from '../products/tile.ts';
import { BestCollector } from '../search/bestCollector.ts';
import { searchCentroids } from '../search/nearest.ts';
import { pickProducts } from '../search/pickProducts.ts';
import type { Tools } from '../search/tileSearch.ts';

/** Bytes are used for labels while the quantisation error is less than this share of a row's length. */
const ROUGH_ERROR = 0.05;

/**
 * Labels a tile's rows for the fit. Bytes are used if they are accurate enough: a row about halfway between
 * two centroids may get either label. Returns true when bytes were used.
 */
export async function roughLabels(
  tools: Tools,
  tile: Tile,
  centroids: SimdCentroids,
  label: Int32Array,
  call: CallState,
): Promise<boolean> {
  const { simd } = tools;
  const best = new BestCollector(simd, tile.rows);
  try {
    const bytes = await roughBytes(tools, tile, centroids);
    if (bytes) {
      await products(tools, tile, bytes, centroids, call, (products) =>
        simd.call.argMax(products, best.score, best.index),
      );
    } else {
      const all = { from: 0, to: tile.rows, first: 0, last: centroids.k };
      await searchCentroids(tools, tile, centroids, all, best, call);
    }
    label.set(simd.i32(best.index, tile.rows));
    return bytes !== undefined;
  } finally {
    best.free();
  }
}

/**
 * Labels a tile's rows by comparing each with its centroids in `near` alone. If they are unknown (−1), they are
 * first chosen among all centroids. Returns true when bytes were used.
 */
export async function nearLabels(
  tools: Tools,
  tile: Tile,
  centroids: SimdCentroids,
  near: Int32Array,
  label: Int32Array,
  call: CallState,
): Promise<boolean> {
  const { simd } = tools;
  const { rows, dim } = tile;
  const values = simd.allocate(near.length * 8 + rows * 4 + wideBytes(dim));
  const [indexes, labels] = [values + near.length * 4, values + near.length * 8];
  try {
    const bytes = await roughBytes(tools, tile, centroids);
    if (near.includes(-1)) {
      simd.f32(values, near.length).fill(-Infinity);
      simd.i32(indexes, near.length).fill(-1);
      await products(tools, tile, bytes, centroids, call, (products) =>
        simd.call.keepNear(products, values, indexes),
      );
      near.set(simd.i32(indexes, near.length));
    } else {
      checkCall(call);
      simd.i32(indexes, near.length).set(near);
      addDone(call, tile.rows * centroids.k);
    }
    const { address, bias } = centroids;
    if (bytes) {
      const wide = labels + rows * 4;
      const { scale } = centroids.bytes();
      const refs = centroids.wideBytes();
      const { bytes: x, scale: step } = bytes;
      simd.call.bestOfNearBytes(x, rows, dim, step, indexes, refs, scale, bias, labels, wide);
    } else simd.call.bestOfNear(tile.address, rows, dim, indexes, address, bias, labels);
    label.set(simd.i32(labels, rows));
    return bytes !== undefined;
  } finally {
    simd.free(values);
  }
}

/** The tile's rows as bytes, if these are accurate enough for labels. */
const roughBytes = async (
  { support }: Tools,
  tile: Tile,
  { dim, k }: SimdCentroids,
): Promise<LeftBytes | undefined> =>
  (await support.isWorthTrying(dim, k)) ? tile.bytes(0, ROUGH_ERROR) : undefined;

/**
 * Multiplies a tile, as bytes or float32, with each tile of centroids. `take` receives the address of a
 * `Products`.
 */
async function products(
  { simd, graphs }: Tools,
  tile: Tile,
  bytes: LeftBytes | undefined,
  centroids: SimdCentroids,
  call: CallState,
  take: (products: number) => void,
): Promise<void> {
  const { k, dim } = centroids;
  const y = simd.allocate(tile.rows * Math.min(k, TILE_CENTROIDS) * 4);
  try {
    for (const targets of centroids.tiles(0, k)) {
      checkCall(call);
      const { rows, bias, base } = targets;
      const product = { m: tile.rows, n: rows.rows, dim, y };
      const right = bytes && targets.bytes();
      if (right) await graphs.int8(simd, { ...product, a: bytes.bytes, b: right.bytes });
      else await graphs.float32(simd, { ...product, a: tile.address, b: rows.address }, bias);
      const integers = right && { step: bytes.scale, columnScale: right.scale };
      const x = { address: 0, rows: tile.rows };
      const collector = { pick: take };
      pickProducts(simd, { dim, x, targets: rows, bias, base, row: 0, collector }, { y, integers });
      addDone(call, tile.rows * rows.rows);
    }
  } finally {
    simd.free(y);
  }
}
