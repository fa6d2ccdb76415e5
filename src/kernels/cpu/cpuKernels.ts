import { createRequire } from 'node:module';
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
import type { LaneCalls, SharedCentroids } from './laneCalls.ts';
import { Lanes } from './lanes.ts';
import { moveRows } from './moveRows.ts';
import { rectangleUnits, searchUnits, triangleUnits } from './searchUnits.ts';

const GIB = 2 ** 30;
/** Values of a matrix from which on worker threads are started for it: they take about a tenth of a second. */
const WORKER_VALUES = 2 ** 22;
/** A matrix this much smaller uses them when they run already. */
const RUNNING_SHARE = 1 / 16;

export interface CpuOptions {
  /** Whether products of bytes may propose what float32 then decides; default true. Results are the same. */
  readonly int8?: boolean;
  /** Worker threads; default one a core. */
  readonly threads?: number;
  /** Values of a matrix from which on worker threads are used; default 2²². */
  readonly workerValues?: number;
}

/** A block of a row store, which lanes read where it is. */
const BLOCK_BYTES = 32 * 2 ** 20;

/** Kernels on ONNX Runtime's CPU provider, on as many threads as told; what its products propose, WebAssembly SIMD dot products decide. */
export async function createCpuKernels(options: CpuOptions = {}): Promise<Kernels> {
  return new CpuKernels(options);
}

class CpuKernels implements Kernels {
  readonly name = 'cpu';
  readonly movesRows = true;
  readonly #lanes: Lanes;
  readonly #workerValues: number;
  readonly #shared = new WeakMap<Centroids, SharedCentroids>();
  readonly #sums = new WeakMap<LaneCalls, Float64Array>();
  #lastId = 0;

  constructor({ int8 = true, threads, workerValues = WORKER_VALUES }: CpuOptions) {
    this.#lanes = new Lanes(int8, threads);
    this.#workerValues = workerValues;
  }

  get device(): string {
    const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
      version: string;
    };
    const { count } = this.#lanes;
    return `ONNX Runtime ${version}, ${count} ${count === 1 ? 'thread' : 'threads'}`;
  }

  /** The WebAssembly memory of a lane ends at 4 GiB; bytes and tiles need room beside the rows. */
  get residentLimit(): number {
    return 2 * GIB * this.#lanes.count;
  }

  blockRows(dim: number): number {
    return Math.floor(BLOCK_BYTES / (dim * 4));
  }

  useThreads(count: number): void {
    this.#lanes.count = count;
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
    await Promise.all(
      lanes.map((lane) => moveRows(lane, matrices, shared, totals, label, this.#sumsOf(lane, shared))),
    );
  }

  async maxOverEarlier(x: Matrix, offsets: Uint32Array): Promise<BestEarlier> {
    const matrix = matrixOf(x);
    return searchUnits(matrix.lanes, triangleUnits(matrix, offsets), x.rows);
  }

  async maxOver(x: Matrix, earlier: Matrix): Promise<BestEarlier> {
    const matrix = matrixOf(x);
    const units = rectangleUnits(matrix, matrixOf(earlier).stored, earlier.rows);
    return searchUnits(matrix.lanes, units, x.rows);
  }

  async close(): Promise<void> {
    await this.#lanes.close();
  }

  #lanesFor(values: number): readonly LaneCalls[] {
    const worthwhile = this.#workerValues * (this.#lanes.running ? RUNNING_SHARE : 1);
    return values < worthwhile ? this.#lanes.own() : this.#lanes.workers();
  }

  /** Memory for a lane's sums, k × dim, kept from one iteration to the next. */
  #sumsOf(lane: LaneCalls, { k, dim }: SharedCentroids): Float64Array {
    const kept = this.#sums.get(lane);
    if (kept?.length === k * dim) return kept;
    const made = new Float64Array(new SharedArrayBuffer(k * dim * 8));
    this.#sums.set(lane, made);
    return made;
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

function matrixOf(matrix: Matrix): CpuMatrix {
  if (!(matrix instanceof CpuMatrix)) throw new TypeError('matrix of another backend');
  return matrix;
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
