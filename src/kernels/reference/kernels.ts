import { copyView, type RowView } from '../../rows/rowView.ts';
import type { Centroids, SearchResult, Kernels, LloydState, Pairs, SearchMode, Work } from '../kernels.ts';
import { checkSearch, countPairs, everything, isCentroids } from '../pairs.ts';
import { createCollector } from './collectors.ts';
import { Turns } from './turns.ts';

/** Values per tile. */
const TILE_VALUES = 2 ** 20;

/** The reference backend: float64 loops on one thread, against which the other backends are tested. */
export class ReferenceKernels implements Kernels {
  readonly name = 'reference';
  readonly device = 'float64 loops, 1 thread';

  async search<W extends SearchMode>(
    queries: RowView,
    targets: RowView | Centroids,
    pairs: Pairs,
    mode: W,
    work: Work,
  ): Promise<SearchResult<W>> {
    checkSearch(queries, targets, pairs, mode);
    const collector = createCollector(mode, queries.count);
    const turns = new Turns(work, queries.store.dim, countPairs(pairs));
    const bias = isCentroids(targets) ? targets.bias : undefined;
    for (let r = 0; r + 1 < pairs.queries.length; r++) {
      const end = pairs.targets[r + 1];
      for (const x of tilesOf(queries, pairs.queries[r], pairs.queries[r + 1])) {
        const last = pairs.earlier ? x.start + x.rows : end;
        for (const y of tilesOf(targets, pairs.targets[r], last)) {
          for (let i = 0; i < x.rows; i++) {
            const columns = pairs.earlier ? Math.max(0, Math.min(y.rows, x.start + i - y.start)) : y.rows;
            for (let j = 0; j < columns; j++) {
              // Products are summed in float64, and compared as the float32 that is returned.
              const product = Math.fround(dot(x, i, y, j));
              const score = bias ? Math.fround(product + bias[y.start + j]) : product;
              collector.offer(x.start + i, y.start + j, product, score);
            }
            if (turns.isOver(columns)) await turns.next();
          }
        }
      }
    }
    return collector.result() as SearchResult<W>;
  }

  async lloydStep(
    rows: RowView,
    centroids: Centroids,
    { label, sums, counts }: LloydState,
    work: Work,
  ): Promise<void> {
    const all = everything(rows.count, centroids.k);
    const { index } = await this.search(rows, centroids, all, { kind: 'best' }, work);
    const { dim } = centroids;
    label.set(index);
    sums.fill(0);
    counts.fill(0);
    const turns = new Turns({ ...work, progress: undefined }, dim, rows.count);
    for (const { values, start, rows: count } of tilesOf(rows, 0, rows.count)) {
      for (let i = 0; i < count; i++) {
        const c = label[start + i];
        counts[c]++;
        for (let d = 0; d < dim; d++) sums[c * dim + d] += values[i * dim + d];
        if (turns.isOver(1)) await turns.next();
      }
    }
  }

  async close(): Promise<void> {}
}

/** Consecutive rows, copied to memory. */
interface Tile {
  readonly dim: number;
  /** Number of the first row. */
  readonly start: number;
  readonly rows: number;
  readonly values: Float32Array;
}

/** Yields rows `first` to `last` (exclusive) in tiles. */
function* tilesOf(of: RowView | Centroids, first: number, last: number): Generator<Tile> {
  const dim = isCentroids(of) ? of.dim : of.store.dim;
  const most = Math.max(1, Math.floor(TILE_VALUES / dim));
  for (let start = first; start < last; start += most) {
    const rows = Math.min(most, last - start);
    let values: Float32Array;
    if (isCentroids(of)) values = of.values.subarray(start * dim, (start + rows) * dim);
    else copyView(of, start, start + rows, (values = new Float32Array(rows * dim)));
    yield { dim, start, rows, values };
  }
}

function dot(x: Tile, i: number, y: Tile, j: number): number {
  const { dim, values: a } = x;
  const { values: b } = y;
  const [from, to] = [i * dim, j * dim];
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += a[from + d] * b[to + d];
  return sum;
}
