import { invalidInputError } from '../../errors.ts';
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
import { noneFound } from '../noneFound.ts';
import { downloadBest, startIndexes, startScores } from './bestResults.ts';
import { GpuMatrix } from './gpuMatrix.ts';
import type { LabelSums } from './labelSums.ts';
import type { Matcher } from './matcher.ts';
import type { Readback } from './readback.ts';
import type { ResidentRows } from './residentRows.ts';
import type { Staging } from './staging.ts';
import { rectangleGrids, triangleGrids, type TileGrid } from './tileGrids.ts';

/** What the kernels are put together from. */
export interface WebGpuParts {
  readonly staging: Staging;
  readonly readback: Readback;
  readonly matcher: Matcher;
  readonly labelSums: LabelSums;
  readonly resident: ResidentRows;
  /** Bytes of matrices that may be resident at once, beside the rows of a store. */
  readonly residentLimit: number;
}

/** Each call costs a round trip to the device; blocks of this size make them few. */
const BLOCK_BYTES = 512 * 2 ** 20;
/** Rows whose results are read back while the next ones are searched. */
const PIECE_ROWS = 2 ** 17;

/** The kernels: a tiled search, exact sums by label, and the rows of a store uploaded once. */
export class WebGpuKernels implements Kernels {
  readonly name = 'webgpu';
  readonly device: string;
  readonly movesRows = false;
  readonly blockBytes = BLOCK_BYTES;
  readonly residentLimit: number;
  readonly #staging: Staging;
  readonly #matcher: Matcher;
  readonly #labelSums: LabelSums;
  readonly #readback: Readback;
  readonly #resident: ResidentRows;

  constructor({ staging, readback, matcher, labelSums, resident, residentLimit }: WebGpuParts) {
    this.device = staging.gpu.name;
    this.residentLimit = residentLimit;
    this.#staging = staging;
    this.#matcher = matcher;
    this.#labelSums = labelSums;
    this.#readback = readback;
    this.#resident = resident;
  }

  async upload(rows: number, dim: number, fill: FillRows, { stored }: UploadOptions = {}): Promise<Matrix> {
    const copied = stored && (await this.#resident.matrix(stored, rows));
    return copied ?? GpuMatrix.upload(this.#staging, rows, dim, fill);
  }

  async assign(x: Matrix, centroids: Centroids): Promise<Assignment> {
    const c = await this.#uploadCentroids(centroids);
    try {
      const rows = onGpu(x, c.dim);
      const [label, dot] = [new Int32Array(x.rows), new Float32Array(x.rows)];
      const under: Promise<unknown>[] = [];
      for (let from = 0; from < x.rows; from += PIECE_ROWS) {
        const range = { from, to: Math.min(x.rows, from + PIECE_ROWS) };
        const grids = rectangleGrids(rows.segments, c.segments, range.from, range.to);
        const found = await this.#matcher.search(rows, c, grids, centroids.bias);
        // On their way while the next rows are searched.
        const labels = await startIndexes(this.#readback, rows, found, range, label);
        const dots = await startScores(this.#readback, rows, found, range, dot);
        under.push(labels.done, dots.done);
      }
      await Promise.all(under);
      for (let row = 0; row < x.rows; row++) dot[row] -= centroids.bias[label[row]];
      return { label, dot };
    } finally {
      c.free();
    }
  }

  async lloydStep(
    blocks: readonly Matrix[],
    centroids: Centroids,
    totals: LloydTotals,
    label: Int32Array,
  ): Promise<void> {
    const c = await this.#uploadCentroids(centroids);
    try {
      await this.#labelSums.reset(c.rows, c.width);
      const under: Promise<unknown>[] = [];
      let first = 0;
      for (const block of blocks.map((matrix) => onGpu(matrix, c.dim))) {
        const grids = rectangleGrids(block.segments, c.segments);
        const found = await this.#matcher.search(block, c, grids, centroids.bias);
        for (const [i, segment] of block.segments.entries())
          await this.#labelSums.add(block, segment, found[i].index);
        const into = label.subarray(first, first + block.rows);
        const { done } = await startIndexes(this.#readback, block, found, { from: 0, to: block.rows }, into);
        under.push(done);
        first += block.rows;
      }
      await Promise.all(under);
      for (let row = 0; row < first; row++) totals.counts[label[row]]++;
      await this.#labelSums.addTo(totals.sums, c.dim, c.width, this.#readback);
    } finally {
      c.free();
    }
  }

  async maxOverEarlier(x: Matrix, offsets: Uint32Array): Promise<BestEarlier> {
    const rows = onGpu(x, x.dim);
    return this.#best(rows, rows, triangleGrids(rows.segments, offsets));
  }

  async maxOver(x: Matrix, earlier: Matrix): Promise<BestEarlier> {
    const [rows, columns] = [onGpu(x, x.dim), onGpu(earlier, x.dim)];
    if (columns.rows === 0) return noneFound(rows.rows);
    return this.#best(rows, columns, rectangleGrids(rows.segments, columns.segments));
  }

  async close(): Promise<void> {
    await this.#staging.gpu.close();
  }

  async #best(x: GpuMatrix, y: GpuMatrix, grids: Iterable<TileGrid>): Promise<BestEarlier> {
    return downloadBest(this.#readback, x, await this.#matcher.search(x, y, grids));
  }

  #uploadCentroids({ k, dim, values }: Centroids): Promise<GpuMatrix> {
    return GpuMatrix.upload(this.#staging, k, dim, (target, start, end) =>
      target.set(values.subarray(start * dim, end * dim)),
    );
  }
}

function onGpu(matrix: Matrix, dim: number): GpuMatrix {
  if (!(matrix instanceof GpuMatrix))
    throw invalidInputError('webgpu: the matrix belongs to another backend');
  if (matrix.dim !== dim)
    throw invalidInputError(`webgpu: rows of ${matrix.dim} and of ${dim} values do not match`);
  return matrix;
}
