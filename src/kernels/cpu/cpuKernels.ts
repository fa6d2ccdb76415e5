import { createRequire } from 'node:module';
import { fromStored } from '../../rows/storedRows.ts';
import type {
  Assignment,
  BestEarlier,
  Centroids,
  FillRows,
  Kernels,
  LloydTotals,
  Matrix,
  UploadOptions,
} from '../kernels.ts';
import { CpuMatrix, share } from './cpuMatrix.ts';
import { TILE_ROWS, type LaneCalls, type SharedCentroids, type Unit } from './laneCalls.ts';
import { Lanes } from './lanes.ts';
import { unitRanges } from './units.ts';

const GIB = 2 ** 30;
/** Values of a matrix from which on worker threads are started for it. */
const WORKER_VALUES = 2 ** 20;
/** Bytes of rows a unit of a search: what a lane holds of them at a time. */
const UNIT_BYTES = 2 ** 23;

export interface CpuOptions {
  /** Whether products of bytes may propose what float32 then decides; default true. Results are the same. */
  readonly int8?: boolean;
  /** Worker threads; default one a core. */
  readonly threads?: number;
  /** Values of a matrix from which on worker threads are used; default 2²⁰. */
  readonly workerValues?: number;
}

/** Kernels on ONNX Runtime's CPU provider, a thread a core; what its products propose, WebAssembly SIMD dot products decide. */
export async function createCpuKernels(options: CpuOptions = {}): Promise<Kernels> {
  return new CpuKernels(options);
}

class CpuKernels implements Kernels {
  readonly name = 'cpu';
  readonly device: string;
  readonly residentLimit: number;
  readonly movesRows = true;
  readonly #lanes: Lanes;
  readonly #workerValues: number;
  readonly #shared = new WeakMap<Centroids, SharedCentroids>();
  #lastId = 0;

  constructor({ int8 = true, threads, workerValues = WORKER_VALUES }: CpuOptions) {
    this.#lanes = new Lanes(int8, threads);
    this.#workerValues = workerValues;
    // The WebAssembly memory of a lane ends at 4 GiB; bytes and tiles need room beside the rows.
    this.residentLimit = 2 * GIB * this.#lanes.count;
    const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
      version: string;
    };
    this.device = `ONNX Runtime ${version}, ${this.#lanes.count} threads`;
  }

  async upload(
    rows: number,
    dim: number,
    fill: FillRows,
    { stored, once = false }: UploadOptions = {},
  ): Promise<Matrix> {
    const source = stored ?? share(rows, dim, fill);
    const lanes = this.#lanesFor(rows * dim);
    this.#lanes.hold();
    return new CpuMatrix(++this.#lastId, rows, dim, source, !once, lanes, () => this.#lanes.unhold());
  }

  async assign(x: Matrix, centroids: Centroids): Promise<Assignment> {
    const { lanes, parts } = matrixOf(x);
    const shared = this.#share(centroids);
    const label = new Int32Array(x.rows);
    const dot = new Float32Array(x.rows);
    const found = await Promise.all(lanes.map((lane, i) => lane.assign(parts[i], shared)));
    let row = 0;
    for (const part of found) {
      label.set(part.label, row);
      dot.set(part.dot, row);
      row += part.label.length;
    }
    return { label, dot };
  }

  async lloydStep(
    blocks: readonly Matrix[],
    centroids: Centroids,
    totals: LloydTotals,
    label: Int32Array,
  ): Promise<void> {
    const matrices = blocks.map(matrixOf);
    const shared = this.#share(centroids);
    const lanes = [...new Set(matrices.flatMap((matrix) => matrix.lanes))];
    await Promise.all(lanes.map((lane) => moveRows(lane, matrices, shared, totals, label)));
  }

  async maxOverEarlier(x: Matrix, offsets: Uint32Array): Promise<BestEarlier> {
    const { stored, dim, lanes } = matrixOf(x);
    const units = unitRanges(offsets, unitRows(dim)).map(({ start, end, offsets, earlier }): Unit => ({
      dim,
      rows: end - start,
      stored: fromStored(stored, start),
      base: start,
      offsets,
      earlier:
        start > earlier
          ? { rows: start - earlier, stored: fromStored(stored, earlier), base: earlier }
          : undefined,
    }));
    return search(lanes, units, x.rows);
  }

  async maxOver(x: Matrix, earlier: Matrix): Promise<BestEarlier> {
    const { stored, dim, rows, lanes } = matrixOf(x);
    const size = unitRows(dim);
    const others = { rows: earlier.rows, stored: matrixOf(earlier).stored, base: 0 };
    const units = Array.from({ length: Math.ceil(rows / size) }, (_, i): Unit => {
      const start = i * size;
      const count = Math.min(size, rows - start);
      return { dim, rows: count, stored: fromStored(stored, start), base: start, earlier: others };
    });
    return search(lanes, units, rows);
  }

  async close(): Promise<void> {
    await this.#lanes.close();
  }

  #lanesFor(values: number): readonly LaneCalls[] {
    return values < this.#workerValues ? this.#lanes.own() : this.#lanes.workers();
  }

  #share(centroids: Centroids): SharedCentroids {
    const known = this.#shared.get(centroids);
    if (known) return known;
    const { k, dim } = centroids;
    const values = new Float32Array(new SharedArrayBuffer(k * dim * 4));
    const bias = new Float32Array(new SharedArrayBuffer(k * 4));
    values.set(centroids.values);
    bias.set(centroids.bias);
    const made = { id: ++this.#lastId, k, dim, values, bias, largestNorm: largestNorm(centroids) };
    this.#shared.set(centroids, made);
    return made;
  }
}

/** One lane's share of a Lloyd iteration. */
async function moveRows(
  lane: LaneCalls,
  matrices: readonly CpuMatrix[],
  centroids: SharedCentroids,
  totals: LloydTotals,
  label: Int32Array,
): Promise<void> {
  const { k, dim } = centroids;
  const runs: { part: CpuMatrix['parts'][number]; start: number }[] = [];
  let first = 0;
  for (const matrix of matrices) {
    let start = first;
    matrix.lanes.forEach((own, i) => {
      const part = matrix.parts[i];
      if (own === lane && part.rows > 0) runs.push({ part, start });
      start += part.rows;
    });
    first += matrix.rows;
  }
  const before = new Int32Array(runs.reduce((sum, { part }) => sum + part.rows, 0));
  let at = 0;
  for (const { part, start } of runs) {
    before.set(label.subarray(start, start + part.rows), at);
    at += part.rows;
  }
  const sums = new Float64Array(new SharedArrayBuffer(k * dim * 8));
  const after = await lane.lloyd(
    runs.map(({ part }) => part),
    centroids,
    before,
    sums,
  );
  for (let i = 0; i < after.length; i++) {
    if (before[i] === after[i]) continue;
    if (before[i] >= 0) totals.counts[before[i]]--;
    totals.counts[after[i]]++;
  }
  for (let i = 0; i < sums.length; i++) totals.sums[i] += sums[i];
  at = 0;
  for (const { part, start } of runs) {
    label.set(after.subarray(at, at + part.rows), start);
    at += part.rows;
  }
}

/** Has the lanes search the units, each the next one as it gets free. */
async function search(
  lanes: readonly LaneCalls[],
  units: readonly Unit[],
  rows: number,
): Promise<BestEarlier> {
  const best = { score: new Float32Array(rows).fill(-Infinity), index: new Int32Array(rows).fill(-1) };
  let next = 0;
  const work = async (lane: LaneCalls): Promise<void> => {
    while (next < units.length) {
      const unit = units[next++];
      const found = await lane.best(unit);
      best.score.set(found.score, unit.base);
      best.index.set(found.index, unit.base);
    }
  };
  await Promise.all(lanes.flatMap((lane) => Array.from({ length: lane.ahead }, () => work(lane))));
  return best;
}

function matrixOf(matrix: Matrix): CpuMatrix {
  if (!(matrix instanceof CpuMatrix)) throw new TypeError('matrix of another backend');
  return matrix;
}

const unitRows = (dim: number): number =>
  Math.max(TILE_ROWS, Math.min(4 * TILE_ROWS, Math.floor(UNIT_BYTES / (dim * 4))));

function largestNorm({ k, dim, values }: Centroids): number {
  let largest = 0;
  for (let c = 0; c < k; c++) {
    let sum = 0;
    for (let i = c * dim; i < (c + 1) * dim; i++) sum += values[i] * values[i];
    if (sum > largest) largest = sum;
  }
  return Math.sqrt(largest);
}
