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
import type { BestMatch } from './bestMatch.ts';
import { startBest, startIndexes, type RowRange } from './bestResults.ts';
import { GpuMatrix, paddedDim } from './gpuMatrix.ts';
import type { LabelSums } from './labelSums.ts';
import { clusterPieces, rowPieces, type Piece } from './pieces.ts';
import type { Readback } from './readback.ts';
import type { ResidentRows } from './residentRows.ts';
import type { Staging } from './staging.ts';
import { rectangleGrids } from './tileGrids.ts';

/** What the kernels are put together from. */
export interface WebGpuParts {
  readonly staging: Staging;
  readonly readback: Readback;
  readonly bestMatch: BestMatch;
  readonly labelSums: LabelSums;
  readonly resident: ResidentRows;
  /** Bytes of matrices that may be resident at once, beside the rows of a store. */
  readonly residentLimit: number;
  /** Rows per search: what one found is read back while the next one runs. */
  readonly pieceRows: number;
}

/** Each call costs a round trip to the device: few of them, and yet none so long that Ctrl-C has to wait for it. */
const BLOCK_BYTES = 128 * 2 ** 20;

/** The kernels: a tiled search, exact sums by label, and the rows of a store uploaded once. */
export class WebGpuKernels implements Kernels {
  readonly name = 'webgpu';
  readonly device: string;
  readonly movesRows = false;
  readonly residentLimit: number;
  readonly #blockBytes: number;
  readonly #staging: Staging;
  readonly #bestMatch: BestMatch;
  readonly #labelSums: LabelSums;
  readonly #readback: Readback;
  readonly #resident: ResidentRows;
  readonly #pieceRows: number;

  constructor(parts: WebGpuParts) {
    const { staging, residentLimit } = parts;
    this.device = staging.gpu.name;
    this.residentLimit = residentLimit;
    this.#blockBytes = Math.min(BLOCK_BYTES, residentLimit / 2);
    this.#staging = staging;
    this.#bestMatch = parts.bestMatch;
    this.#labelSums = parts.labelSums;
    this.#readback = parts.readback;
    this.#resident = parts.resident;
    this.#pieceRows = parts.pieceRows;
  }

  blockRows(dim: number): number {
    return Math.floor(this.#blockBytes / (paddedDim(dim) * 4));
  }

  async upload(rows: number, dim: number, fill: FillRows, { stored }: UploadOptions = {}): Promise<Matrix> {
    const copied = stored && (await this.#resident.matrix(stored, rows));
    return copied ?? GpuMatrix.upload(this.#staging, rows, dim, fill);
  }

  async assign(x: Matrix, centroids: Centroids): Promise<Assignment> {
    const c = await this.#uploadCentroids(centroids);
    try {
      const rows = onGpu(x, c.dim);
      const pieces = rowPieces(rows.rows, this.#pieceRows);
      const { score, index } = await this.#best(rows, c, pieces, centroids.bias);
      return { label: index, dot: score };
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
        const found = await this.#bestMatch.search(block, c, grids, centroids.bias);
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
    return this.#best(rows, rows, clusterPieces(offsets, this.#pieceRows));
  }

  async maxOver(x: Matrix, earlier: Matrix): Promise<BestEarlier> {
    const [rows, columns] = [onGpu(x, x.dim), onGpu(earlier, x.dim)];
    if (columns.rows === 0) return noneFound(rows.rows);
    return this.#best(rows, columns, rowPieces(rows.rows, this.#pieceRows));
  }

  async close(): Promise<void> {
    await this.#staging.gpu.close();
  }

  /**
   * Searches piece after piece; what one found is on its way to the host while the next is searched. Scores come without
   * the bias.
   */
  async #best(
    x: GpuMatrix,
    y: GpuMatrix,
    pieces: Iterable<Piece>,
    bias?: Float32Array,
  ): Promise<BestEarlier> {
    const best: BestEarlier = { score: new Float32Array(x.rows), index: new Int32Array(x.rows) };
    const under: Promise<unknown>[] = [];
    for (const { rows, grids } of pieces) {
      const found = await this.#bestMatch.search(x, y, grids(x.segments, y.segments), bias);
      const download = await startBest(this.#readback, x, found, rows, best);
      const done = download.done.then(() => takeOff(bias, best, rows));
      // Whoever waits for all of them sees the failure; nobody may be waiting yet.
      done.catch(() => {});
      under.push(done);
    }
    await Promise.all(under);
    return best;
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

function takeOff(
  bias: Float32Array | undefined,
  { score, index }: BestEarlier,
  { from, to }: RowRange,
): void {
  if (bias) for (let row = from; row < to; row++) score[row] -= bias[index[row]];
}
