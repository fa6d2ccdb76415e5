import { createRequire } from 'node:module';
import { Simd } from '../../simd/simd.ts';
import type {
  Assignment,
  BestEarlier,
  Centroids,
  FillRows,
  Kernels,
  LloydTotals,
  Matrix,
} from '../kernels.ts';
import { CpuMatrix } from './cpuMatrix.ts';
import { Graphs } from './graphs.ts';
import { Int8Support } from './int8Support.ts';
import { fromRow, quantizeRows } from './quantizedRows.ts';
import type { Rows } from './rows.ts';
import { Search, TILE, type Best } from './search.ts';
import { diagonalTiles, laterTiles } from './triangleTiles.ts';

const GIB = 2 ** 30;
/** Memory kept for the next matrices. */
const KEPT_BYTES = GIB / 4;
/** Rows shorter or fewer than this gain nothing from bytes. */
const MIN_INT8_DIM = 64;
const MIN_INT8_REFS = 32;
/** Diagonal tiles: bytes are so fast that fewer, larger products win; float32 saves what lies above the diagonal. */
const INT8_TILE = 1024;
const FLOAT32_TILE = 256;
/** Labels of the fit come from bytes while quantisation loses less than this of a row's length. */
const ROUGH_ERROR = 0.05;

/** Kernels on ONNX Runtime's CPU provider, all cores; what its products propose, WebAssembly SIMD dot products decide. */
export async function createCpuKernels(options: { int8?: boolean } = {}): Promise<Kernels> {
  return new CpuKernels(new Graphs(), options.int8 ?? true);
}

class CpuKernels implements Kernels {
  readonly name = 'cpu';
  readonly device: string;
  /** WebAssembly memory ends at 4 GiB; tiles, bytes and centroids need room beside the matrices. */
  readonly residentLimit = 2 * GIB;
  readonly #graphs: Graphs;
  readonly #useInt8: boolean;
  readonly #support: Int8Support;
  #simd: Simd | undefined;
  #search: Search | undefined;
  #live = 0;

  constructor(graphs: Graphs, useInt8: boolean) {
    this.#graphs = graphs;
    this.#useInt8 = useInt8;
    this.#support = new Int8Support(graphs);
    const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
      version: string;
    };
    this.device = `ONNX Runtime ${version}, ${graphs.threads} threads`;
  }

  async upload(rows: number, dim: number, fill: FillRows): Promise<Matrix> {
    const matrix = new CpuMatrix(this.#memory(), rows, dim, fill, () => this.#released());
    this.#live++;
    return matrix;
  }

  async assign(x: Matrix, centroids: Centroids): Promise<Assignment> {
    const simd = this.#memory();
    const { dim, rows } = x;
    const { address } = rowsOf(x);
    const placed = this.#place(centroids);
    const best = this.#best(rows);
    const left = (await this.#int8Pays(dim, centroids.k)) ? matrixOf(x).bytes(Infinity) : undefined;
    const right = left && quantizeRows(simd, placed.rows, dim, { sides: 'right' });
    try {
      await this.#searcher().improve(rowsOf(x), placed.rows, best, {
        dim,
        bias: placed.bias,
        refNorm: largestNorm(centroids),
        quantized: left && right && { x: left, refs: right },
      });
      simd.call.labelDots(address, rows, dim, best.index, placed.rows.address, best.score);
      return { label: simd.i32(best.index, rows).slice(), dot: simd.f32(best.score, rows).slice() };
    } finally {
      right?.free();
      simd.free(placed.rows.address);
      simd.free(best.score);
    }
  }

  async lloydStep(
    blocks: readonly Matrix[],
    centroids: Centroids,
    totals: LloydTotals,
    label: Int32Array,
  ): Promise<void> {
    const simd = this.#memory();
    const { k, dim } = centroids;
    const sums = simd.allocate(k * dim * 4);
    simd.f32(sums, k * dim).fill(0);
    let done = 0;
    for (const block of blocks) {
      const own = await this.#roughLabels(block, centroids);
      label.set(own, done);
      done += block.rows;
      for (const l of own) totals.counts[l]++;
      const labels = simd.allocate(block.rows * 4);
      simd.i32(labels, block.rows).set(own);
      simd.call.sumByLabel(rowsOf(block).address, block.rows, dim, labels, sums);
      simd.free(labels);
      const blockSums = simd.f32(sums, k * dim);
      for (let i = 0; i < blockSums.length; i++) totals.sums[i] += blockSums[i];
      blockSums.fill(0);
    }
    simd.free(sums);
  }

  async maxOverEarlier(x: Matrix, offsets: Uint32Array): Promise<BestEarlier> {
    const simd = this.#memory();
    const { dim } = x;
    const { address } = rowsOf(x);
    const best = this.#best(x.rows);
    const slice = (start: number, end: number): Rows => ({
      address: address + start * dim * 4,
      rows: end - start,
    });
    const at = (row: number): Best => ({ score: best.score + row * 4, index: best.index + row * 4 });
    const bytes = (await this.#int8Pays(dim, x.rows))
      ? quantizeRows(simd, rowsOf(x), dim, { sides: 'both' })
      : undefined;
    const quantized = (row: number, ref: number) =>
      bytes && { x: fromRow(bytes, row, dim), refs: fromRow(bytes, ref, dim) };
    const tile = bytes && this.#support.pays ? INT8_TILE : FLOAT32_TILE;
    try {
      for (const { start, end, ranges } of diagonalTiles(offsets, tile)) {
        const rows = slice(start, end);
        const options = { dim, base: start, ranges, quantized: quantized(start, start) };
        await this.#searcher().improve(rows, rows, at(start), options);
      }
      for (const { cluster, start, end } of laterTiles(offsets, tile)) {
        const options = { dim, base: cluster, quantized: quantized(start, cluster) };
        await this.#searcher().improve(slice(start, end), slice(cluster, start), at(start), options);
      }
      return this.#take(best, x.rows);
    } finally {
      bytes?.free();
    }
  }

  async maxOver(x: Matrix, earlier: Matrix): Promise<BestEarlier> {
    const simd = this.#memory();
    const { dim } = x;
    const best = this.#best(x.rows);
    const left = (await this.#int8Pays(dim, earlier.rows))
      ? quantizeRows(simd, rowsOf(x), dim, { sides: 'left' })
      : undefined;
    const right = left && quantizeRows(simd, rowsOf(earlier), dim, { sides: 'right' });
    try {
      const quantized = left && right && { x: left, refs: right };
      await this.#searcher().improve(rowsOf(x), rowsOf(earlier), best, { dim, quantized });
      return this.#take(best, x.rows);
    } finally {
      left?.free();
      right?.free();
    }
  }

  async close(): Promise<void> {
    this.#simd = undefined;
    this.#search = undefined;
    await this.#graphs.release();
  }

  /** Labels for the fit, from bytes where they are good enough: a row between two centroids may go to either. */
  async #roughLabels(block: Matrix, centroids: Centroids): Promise<Int32Array> {
    const { k, dim } = centroids;
    const bytes =
      (await this.#int8Pays(dim, k)) && k <= TILE ? matrixOf(block).bytes(ROUGH_ERROR) : undefined;
    if (!bytes) return (await this.assign(block, centroids)).label;
    const simd = this.#memory();
    const placed = this.#place(centroids);
    const right = quantizeRows(simd, placed.rows, dim, { sides: 'right' });
    const rows = Math.min(TILE, block.rows);
    const y = simd.allocate(rows * k * 4);
    const labels = simd.allocate(block.rows * 4);
    try {
      for (let start = 0; start < block.rows; start += rows) {
        const m = Math.min(rows, block.rows - start);
        const scales = { aScale: bytes.uniform, bScale: right.scale };
        const product = {
          a: bytes.unsigned + start * dim,
          m,
          b: right.signed,
          n: k,
          dim,
          bias: placed.bias,
          y,
        };
        await this.#graphs.int8(simd, product, scales);
        simd.call.argMax(y, m, k, labels + start * 4);
      }
      return simd.i32(labels, block.rows).slice();
    } finally {
      for (const address of [labels, y, placed.rows.address]) simd.free(address);
      right.free();
    }
  }

  async #int8Pays(dim: number, refs: number): Promise<boolean> {
    if (!this.#useInt8 || dim < MIN_INT8_DIM || refs < MIN_INT8_REFS) return false;
    return this.#support.works(this.#memory());
  }

  /** Scores and indexes of `rows` rows, one allocation, nothing found yet. */
  #best(rows: number): Best {
    const simd = this.#memory();
    const score = simd.allocate(rows * 8);
    const index = score + rows * 4;
    simd.f32(score, rows).fill(-Infinity);
    simd.i32(index, rows).fill(-1);
    return { score, index };
  }

  #take(best: Best, rows: number): BestEarlier {
    const simd = this.#memory();
    const score = simd.f32(best.score, rows).slice();
    const index = simd.i32(best.index, rows).slice();
    simd.free(best.score);
    return { score, index };
  }

  /** Centroids and, behind them in the same allocation, their biases. */
  #place({ k, dim, values, bias }: Centroids): { rows: Rows; bias: number } {
    const simd = this.#memory();
    const address = simd.allocate(k * (dim + 1) * 4);
    simd.f32(address, k * dim).set(values);
    simd.f32(address + k * dim * 4, k).set(bias);
    return { rows: { address, rows: k }, bias: address + k * dim * 4 };
  }

  #memory(): Simd {
    return (this.#simd ??= new Simd());
  }

  #searcher(): Search {
    return (this.#search ??= new Search(this.#memory(), this.#graphs, this.#support));
  }

  /** WebAssembly memory never shrinks: when it has grown large and the last matrix goes, the whole memory does. */
  #released(): void {
    if (--this.#live > 0 || this.#memory().size <= KEPT_BYTES) return;
    this.#simd = undefined;
    this.#search = undefined;
  }
}

function matrixOf(matrix: Matrix): CpuMatrix {
  if (!(matrix instanceof CpuMatrix)) throw new TypeError('matrix of another backend');
  return matrix;
}

function rowsOf(matrix: Matrix): Rows {
  const { address, rows } = matrixOf(matrix);
  return { address, rows };
}

function largestNorm({ k, dim, values }: Centroids): number {
  let largest = 0;
  for (let c = 0; c < k; c++) {
    let sum = 0;
    for (let i = c * dim; i < (c + 1) * dim; i++) sum += values[i] * values[i];
    if (sum > largest) largest = sum;
  }
  return Math.sqrt(largest);
}
