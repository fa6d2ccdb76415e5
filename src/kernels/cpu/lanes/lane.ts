import type { RowView } from '../../../rows/rowView.ts';
import { NEAR_COLUMNS, Simd } from '../../../simd/simd.ts';
import type { Pairs } from '../../kernels.ts';
import { Graphs } from '../products/graphs.ts';
import { Int8Support } from '../products/int8Support.ts';
import { SimdCentroids } from '../products/simdCentroids.ts';
import type { Batch } from '../search/batches.ts';
import { searchBatch } from '../search/batchSearch.ts';
import { searchTileCentroids } from '../search/nearest.ts';
import type { QueryPairs } from '../../above.ts';
import type { Results } from '../search/results.ts';
import { TileSearch, type Tools } from '../search/tileSearch.ts';
import { moveRows } from '../sums/moveRows.ts';
import { nearLabels, roughLabels } from '../sums/roughLabels.ts';
import { takeNext, type CallState } from './callState.ts';
import type { LaneCalls, SharedCentroids, TiledRows } from './laneCalls.ts';
import { LaneTiles } from './laneTiles.ts';

/**
 * The kernels' work on one thread, with its own memory. ONNX Runtime computes matrix products; WebAssembly
 * SIMD does the rest.
 */
export class Lane implements LaneCalls {
  readonly #simd = new Simd();
  readonly #tools: Tools;
  readonly #tiles = new LaneTiles(this.#simd);
  #centroids: SimdCentroids | undefined;

  constructor(useInt8: boolean) {
    const [simd, graphs] = [this.#simd, new Graphs()];
    const support = new Int8Support(simd, graphs, useInt8);
    this.#tools = { simd, graphs, support, search: new TileSearch(simd, graphs, support) };
  }

  async nearest(
    rows: TiledRows,
    shared: SharedCentroids,
    pairs: Pairs,
    results: Results,
    call: CallState,
  ): Promise<readonly QueryPairs[]> {
    const found: QueryPairs[] = [];
    const centroids = this.#place(shared);
    for (const { tile, start } of this.#tiles.of(rows, call)) {
      const pairsOfTile = await searchTileCentroids(
        this.#tools,
        tile,
        start,
        centroids,
        pairs,
        results,
        call,
      );
      if (pairsOfTile) found.push(pairsOfTile);
    }
    return found;
  }

  async search(
    queries: RowView,
    targets: RowView,
    batches: readonly Batch[],
    results: Results,
    call: CallState,
  ): Promise<readonly QueryPairs[]> {
    const found: QueryPairs[] = [];
    for (let i = takeNext(call); i < batches.length; i = takeNext(call)) {
      const pairs = await searchBatch(this.#tools, queries, targets, batches[i], results, call);
      if (pairs) found.push(pairs);
    }
    return found;
  }

  async lloyd(
    rows: TiledRows,
    shared: SharedCentroids,
    label: Int32Array,
    sums: Float64Array,
    near: Int32Array | undefined,
    call: CallState,
  ): Promise<void> {
    const simd = this.#simd;
    const centroids = this.#place(shared);
    const total = simd.allocate(sums.length * 8);
    try {
      simd.f64(total, sums.length).fill(0);
      for (const { tile, start } of this.#tiles.of(rows, call)) {
        const before = label.subarray(start, start + tile.rows);
        const now = new Int32Array(tile.rows);
        const nearTile = near?.subarray(start * NEAR_COLUMNS, (start + tile.rows) * NEAR_COLUMNS);
        const rough = nearTile
          ? await nearLabels(this.#tools, tile, centroids, nearTile, now, call)
          : await roughLabels(this.#tools, tile, centroids, now, call);
        moveRows(simd, tile, before, now, total);
        before.set(now);
        // Bytes are sufficient for most following iterations, and use a fifth of the memory.
        if (rough) tile.dropRows();
      }
      sums.set(simd.f64(total, sums.length));
    } finally {
      simd.free(total);
    }
  }

  async release(): Promise<void> {
    this.#tiles.release();
  }

  async close(): Promise<void> {
    await this.#tools.graphs.release();
  }

  #place(shared: SharedCentroids): SimdCentroids {
    if (this.#centroids?.id === shared.id) return this.#centroids;
    this.#centroids?.free();
    this.#centroids = undefined;
    return (this.#centroids = new SimdCentroids(this.#simd, shared));
  }
}
