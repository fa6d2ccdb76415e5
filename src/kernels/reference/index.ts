import type {
  Assignment,
  BestEarlier,
  Centroids,
  FillRows,
  Kernels,
  LloydTotals,
  Matrix,
} from '../kernels.ts';
import { noneFound } from '../noneFound.ts';
import { ReferenceMatrix } from './referenceMatrix.ts';
import { Turns } from './turns.ts';

/** The oracle: every kernel as a naive float64 loop on one thread. */
export function createReferenceKernels(): Promise<Kernels> {
  return Promise.resolve(new ReferenceKernels());
}

class ReferenceKernels implements Kernels {
  readonly name = 'reference';
  readonly device = 'float64 loops, 1 thread';
  readonly movesRows = false;
  readonly residentLimit = Number.MAX_SAFE_INTEGER;
  readonly #turns = new Turns();

  useSignal(signal: AbortSignal): void {
    this.#turns.signal = signal;
  }

  blockRows(): number {
    return 1024;
  }

  async upload(rows: number, dim: number, fill: FillRows): Promise<Matrix> {
    return new ReferenceMatrix(rows, dim, fill);
  }

  async assign(x: Matrix, centroids: Centroids): Promise<Assignment> {
    const label = new Int32Array(x.rows);
    const dot = new Float32Array(x.rows);
    for (let row = 0; row < x.rows; row++) {
      let best = -Infinity;
      for (let c = 0; c < centroids.k; c++) {
        const product = asReference(x).dot(row, centroids.values, c * centroids.dim);
        if (product + centroids.bias[c] <= best) continue;
        best = product + centroids.bias[c];
        label[row] = c;
        dot[row] = product;
      }
      if (this.#turns.isDue()) await this.#turns.take();
    }
    return { label, dot };
  }

  async lloydStep(
    blocks: readonly Matrix[],
    centroids: Centroids,
    totals: LloydTotals,
    label: Int32Array,
  ): Promise<void> {
    let first = 0;
    for (const block of blocks) {
      const { values } = asReference(block);
      const assigned = await this.assign(block, centroids);
      label.set(assigned.label, first);
      assigned.label.forEach((c, row) => {
        totals.counts[c] += 1;
        for (let d = 0; d < block.dim; d++) totals.sums[c * block.dim + d] += values[row * block.dim + d];
      });
      first += block.rows;
    }
  }

  async maxOverEarlier(x: Matrix, offsets: Uint32Array): Promise<BestEarlier> {
    const best = noneFound(x.rows);
    for (let cluster = 0; cluster + 1 < offsets.length; cluster++) {
      const [start, end] = [offsets[cluster], offsets[cluster + 1]];
      for (let row = start; row < end; row++) {
        searchRow(best, row, asReference(x), asReference(x), start, row);
        if (this.#turns.isDue()) await this.#turns.take();
      }
    }
    return best;
  }

  async maxOver(x: Matrix, earlier: Matrix): Promise<BestEarlier> {
    const best = noneFound(x.rows);
    for (let row = 0; row < x.rows; row++) {
      searchRow(best, row, asReference(x), asReference(earlier), 0, earlier.rows);
      if (this.#turns.isDue()) await this.#turns.take();
    }
    return best;
  }

  async close(): Promise<void> {}
}

const asReference = (matrix: Matrix): ReferenceMatrix => matrix as ReferenceMatrix;

/** Searches rows `start` to `end` of `among` for the one most similar to row `row` of `x`. */
function searchRow(
  best: BestEarlier,
  row: number,
  x: ReferenceMatrix,
  among: ReferenceMatrix,
  start: number,
  end: number,
): void {
  let highest = -Infinity;
  for (let other = start; other < end; other++) {
    const similarity = x.dot(row, among.values, other * among.dim);
    if (similarity <= highest) continue;
    highest = similarity;
    best.index[row] = other;
  }
  best.score[row] = highest;
}
