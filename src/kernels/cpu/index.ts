import { createRequire } from 'node:module';
import { Simd } from '../../simd/simd.ts';
import type { Assignment, BestEarlier, Centroids, FillRows, Kernels, LloydTotals, Matrix } from '../kernels.ts';
import { CpuMatrix } from './cpuMatrix.ts';
import { Graphs } from './graphs.ts';

import { Search, type Best, type Rows } from './search.ts';
import { diagonalTiles, laterTiles } from './triangleTiles.ts';

const GIB = 2 ** 30;

/** Kernels on ONNX Runtime's CPU provider, all cores; candidates are compared with WebAssembly SIMD dot products. */
export async function createCpuKernels(): Promise<Kernels> {
  return new CpuKernels(new Graphs());
}

class CpuKernels implements Kernels {
  readonly name = 'cpu';
  readonly device: string;
  /** WebAssembly memory ends at 4 GiB; scratch and centroids need room beside the matrices. */
  readonly residentLimit = 3 * GIB;
  readonly #graphs: Graphs;
  #simd: Simd | undefined;
  #search: Search | undefined;
  #live = 0;

  constructor(graphs: Graphs) {
    this.#graphs = graphs;
    const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
    this.device = `ONNX Runtime ${version}, ${graphs.threads} threads`;
  }

  async upload(rows: number, dim: number, fill: FillRows): Promise<Matrix> {
    const matrix = new CpuMatrix(this.#memory(), rows, dim, fill, () => this.#released());
    this.#live++;
    return matrix;
  }

  async assign(x: Matrix, centroids: Centroids): Promise<Assignment> {
    const simd = this.#memory();
    const { dim } = x;
    const c = this.#place(centroids.values);
    const bias = this.#place(centroids.bias);
    const best = this.#best(x.rows);
    await this.#searcher().improve(rowsOf(x), { address: c, rows: centroids.k }, dim, best, { bias });
    const label = simd.i32(best.index, x.rows).slice();
    const dot = simd.f32(best.score, x.rows).slice();
    for (let i = 0; i < x.rows; i++) dot[i] -= centroids.bias[label[i]];
    for (const address of [c, bias, best.score]) simd.free(address);
    return { label, dot };
  }

  async lloydStep(blocks: readonly Matrix[], centroids: Centroids, totals: LloydTotals, label: Int32Array): Promise<void> {
    const simd = this.#memory();
    const { k, dim } = centroids;
    const sums = simd.allocate(k * dim * 4);
    simd.f32(sums, k * dim).fill(0);
    let done = 0;
    for (const block of blocks) {
      const { label: own } = await this.assign(block, centroids);
      label.set(own, done);
      done += block.rows;
      for (const l of own) totals.counts[l]++;
      const labels = simd.allocate(block.rows * 4);
      simd.i32(labels, block.rows).set(own);
      simd.call.sumByLabel(rowsOf(block).address, block.rows, dim, labels, sums);
      simd.free(labels);
      const block32 = simd.f32(sums, k * dim);
      for (let i = 0; i < block32.length; i++) totals.sums[i] += block32[i];
      block32.fill(0);
    }
    simd.free(sums);
  }

  async maxOverEarlier(x: Matrix, offsets: Uint32Array): Promise<BestEarlier> {
    const { address } = rowsOf(x);
    const { dim } = x;
    const best = this.#best(x.rows);
    const at = (row: number): Best => ({ score: best.score + row * 4, index: best.index + row * 4 });
    const slice = (start: number, end: number): Rows => ({ address: address + start * dim * 4, rows: end - start });
    for (const { start, end, ends } of diagonalTiles(offsets)) {
      const tile = slice(start, end);
      await this.#searcher().improve(tile, tile, dim, at(start), { base: start, clusters: ends.map((e) => e - start) });
    }
    for (const { cluster, start, end } of laterTiles(offsets)) {
      const earlier = slice(cluster, start);
      await this.#searcher().improve(slice(start, end), earlier, dim, at(start), { base: cluster });
    }
    return this.#take(best, x.rows);
  }

  async maxOver(x: Matrix, earlier: Matrix): Promise<BestEarlier> {
    const best = this.#best(x.rows);
    await this.#searcher().improve(rowsOf(x), rowsOf(earlier), x.dim, best);
    return this.#take(best, x.rows);
  }

  async close(): Promise<void> {
    this.#simd = undefined;
    this.#search = undefined;
    await this.#graphs.release();
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

  #place(values: Float32Array): number {
    const simd = this.#memory();
    const address = simd.allocate(values.byteLength);
    simd.f32(address, values.length).set(values);
    return address;
  }

  #memory(): Simd {
    return (this.#simd ??= new Simd());
  }

  #searcher(): Search {
    return (this.#search ??= new Search(this.#memory(), this.#graphs));
  }

  /** WebAssembly memory never shrinks: when the last matrix goes, the whole memory does. */
  #released(): void {
    if (--this.#live > 0) return;
    this.#simd = undefined;
    this.#search = undefined;
  }
}

function rowsOf(matrix: Matrix): Rows {
  if (!(matrix instanceof CpuMatrix)) throw new TypeError('matrix of another backend');
  return { address: matrix.address, rows: matrix.rows };
}
