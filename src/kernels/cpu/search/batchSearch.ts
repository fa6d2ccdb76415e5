import { sliceView, type RowView } from '../../../rows/rowView.ts';
import { countPairs, earlierInRange } from '../../pairs.ts';
import { addDone, checkCall, type CallState } from '../lanes/callState.ts';
import { ClusterMeans, NO_MEAN } from '../products/clusterMeans.ts';
import { SimdRows } from '../products/simdRows.ts';
import { TILE_ROWS } from '../products/tile.ts';
import type { Batch } from './batches.ts';
import { searchBytes, TILE_COLUMNS } from './byteSearch.ts';
import type { Collector } from './collector.ts';
import type { QueryPairs } from '../../above.ts';
import { createCollector, type Results } from './results.ts';
import type { SearchTile } from './searchTile.ts';
import type { Tools } from './tileSearch.ts';
import { diagonalTiles, earlierRows, laterTiles, triangles } from './triangleTiles.ts';

/**
 * Rows per tile for float32 products. There are fewer, because products above the diagonal are wasted and
 * cost more.
 */
const FLOAT32_TILE_ROWS = 128;
/** Targets, common to all queries of a batch, that are copied at a time. */
const TARGET_ROWS = 3 * TILE_COLUMNS;
/** With fewer queries per batch, quantising the targets takes longer than float32 products. */
const MIN_BYTE_ROWS = 64;

/**
 * Searches for the queries of a batch: first among the queries, then among the targets common to all of them.
 */
export async function searchBatch(
  tools: Tools,
  queries: RowView,
  targets: RowView,
  batch: Batch,
  results: Results,
  call: CallState,
): Promise<QueryPairs | undefined> {
  checkCall(call);
  const { simd, support } = tools;
  const { start, end, earlier, firstTarget, lastTarget } = batch;
  const view = sliceView(queries, start, end);
  const collector = createCollector(simd, results, start, end, call);
  let means: ClusterMeans | undefined;
  let own: SimdRows | undefined;
  try {
    const worthwhile = earlier !== undefined || view.count >= MIN_BYTE_ROWS;
    const most = Math.max(view.count, lastTarget - firstTarget);
    const int8 = worthwhile && (await support.isWorthTrying(view.store.dim, most));
    if (int8) means = new ClusterMeans(simd, view, earlier ?? Float64Array.of(0, view.count));
    const quantize = int8 && support.isActive;
    const ranges = means?.ranges ?? [{ start: 0, end: view.count, ...NO_MEAN }];
    own = new SimdRows(simd, view, ranges, quantize);
    const batchSearch = new BatchSearch(tools, int8, own, collector, view.store.dim, call);
    if (earlier) await batchSearch.searchOwn(earlier, start);
    for (let first = firstTarget; first < lastTarget; first += TARGET_ROWS) {
      checkCall(call);
      const rows = sliceView(targets, first, Math.min(lastTarget, first + TARGET_ROWS));
      // The same vector is subtracted from both sides. A batch with common targets belongs to one range.
      const range = { ...ranges[0], start: 0, end: rows.count };
      const others = new SimdRows(simd, rows, [range], quantize);
      try {
        await batchSearch.searchOthers(others, first);
      } finally {
        others.free();
      }
    }
    return collector.finish(start);
  } finally {
    own?.free();
    means?.free();
    collector.free();
  }
}

/** The search of one batch, whose rows are in SIMD memory. */
class BatchSearch {
  readonly #tools: Tools;
  readonly #int8: boolean;
  readonly #own: SimdRows;
  readonly #collector: Collector;
  readonly #dim: number;
  readonly #call: CallState;

  constructor(
    tools: Tools,
    int8: boolean,
    own: SimdRows,
    collector: Collector,
    dim: number,
    call: CallState,
  ) {
    this.#tools = tools;
    this.#int8 = int8;
    this.#own = own;
    this.#collector = collector;
    this.#dim = dim;
    this.#call = call;
  }

  /** Compares each row with those before it in its range. Row 0 has number `base`. */
  async searchOwn(offsets: Float64Array, base: number): Promise<void> {
    const { search } = this.#tools;
    const own = this.#own;
    const tile = (start: number, end: number, targetStart: number, targetEnd: number): SearchTile => ({
      dim: this.#dim,
      x: own.slice(start, end),
      targets: own.slice(targetStart, targetEnd),
      collector: this.#collector,
      row: start,
      base: base + targetStart,
    });
    for (const bounds of triangles(offsets)) {
      checkCall(this.#call);
      const [start, end] = [bounds[0], bounds[bounds.length - 1]];
      if (this.#usesBytes()) {
        const whole = { ...tile(start, end, start, end), ranges: earlierRows(bounds) };
        await this.#improve(whole, start, own, true);
      } else {
        for (const { ranges, ...rows } of diagonalTiles(bounds, FLOAT32_TILE_ROWS)) {
          await search.improve({ ...tile(rows.start, rows.end, rows.start, rows.end), ranges });
        }
        for (const later of laterTiles(bounds, FLOAT32_TILE_ROWS, TILE_ROWS)) {
          await search.improve(tile(later.start, later.end, later.targetStart, later.targetEnd));
        }
      }
      addDone(this.#call, countPairs(earlierInRange(bounds)));
    }
  }

  /** Compares all rows with all of `others`, whose first row has number `base`. */
  async searchOthers(others: SimdRows, base: number): Promise<void> {
    const dim = this.#dim;
    const own = this.#own;
    const targets = others.slice(0, others.rows);
    if (this.#usesBytes()) {
      await this.#improve(
        { dim, x: own.slice(0, own.rows), targets, collector: this.#collector, row: 0, base },
        0,
        others,
        false,
      );
    } else {
      for (let start = 0; start < own.rows; start += TILE_ROWS) {
        const x = own.slice(start, Math.min(own.rows, start + TILE_ROWS));
        await this.#tools.search.improve({ dim, x, targets, collector: this.#collector, row: start, base });
      }
    }
    addDone(this.#call, own.rows * others.rows);
  }

  #usesBytes(): boolean {
    return this.#int8 && this.#tools.support.shouldTryNext();
  }

  /** Updates the results of a tile with int8 products. The tile's rows begin at `start` of the batch. */
  async #improve(tile: SearchTile, start: number, others: SimdRows, triangle: boolean): Promise<void> {
    const { simd, graphs, search, support } = this.#tools;
    const first = triangle ? start : 0;
    const { rows } = tile.targets;
    const targets = Array.from({ length: Math.ceil(rows / TILE_COLUMNS) }, (_, t) =>
      others.right(first + t * TILE_COLUMNS, first + Math.min(rows, (t + 1) * TILE_COLUMNS)),
    );
    const open = await searchBytes(simd, graphs, tile, { x: this.#own.left(start), targets, triangle });
    support.record(open.length, tile.x.rows);
    await search.retryFloat32(tile, open);
  }
}
