import { addDone, checkCall, type CallState } from '../lanes/callState.ts';
import { TILE_CENTROIDS, type SimdCentroids } from '../products/simdCentroids.ts';
import type { Tile } from '../products/tile.ts';
import { BestCollector } from '../search/bestCollector.ts';
import { searchCentroids } from '../search/nearest.ts';
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
  const { simd, graphs, support } = tools;
  const { k, dim } = centroids;
  const bytes = (await support.isWorthTrying(dim, k)) ? tile.bytes(0, ROUGH_ERROR) : undefined;
  const best = new BestCollector(simd, tile.rows);
  const y = bytes ? simd.allocate(tile.rows * Math.min(k, TILE_CENTROIDS) * 4) : 0;
  try {
    if (!bytes) {
      const all = { from: 0, to: tile.rows, first: 0, last: k };
      await searchCentroids(tools, tile, centroids, all, best, call);
    } else {
      for (const targets of centroids.tiles(0, k)) {
        checkCall(call);
        const { rows, base, bias } = targets;
        const right = targets.bytes();
        await graphs.int8(
          simd,
          { a: bytes.bytes, m: tile.rows, b: right.bytes, n: rows.rows, dim, bias, y },
          { aScale: bytes.uniform, bScale: right.scale },
        );
        simd.call.argMax(y, tile.rows, rows.rows, base, best.score, best.index);
        addDone(call, tile.rows * rows.rows);
      }
    }
    label.set(simd.i32(best.index, tile.rows));
  } finally {
    if (bytes) simd.free(y);
    best.free();
  }
  return bytes !== undefined;
}
