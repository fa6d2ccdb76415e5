import { invalidInputError } from '../../errors.ts';
import type { FillRows, Matrix } from '../kernels.ts';

/** A matrix in ordinary memory, with float64 dot products. */
export class ReferenceMatrix implements Matrix {
  readonly rows: number;
  readonly dim: number;
  #values: Float32Array | undefined;

  constructor(rows: number, dim: number, fill: FillRows) {
    this.rows = rows;
    this.dim = dim;
    this.#values = new Float32Array(rows * dim);
    if (rows > 0) fill(this.#values, 0, rows);
  }

  /** All values, row-major; throws once the matrix was freed. */
  get values(): Float32Array {
    if (this.#values === undefined) throw invalidInputError('reference: the matrix was freed');
    return this.#values;
  }

  /** Dot product, in float64, of row `row` with the vector that starts at `offset` in `other`. */
  dot(row: number, other: ArrayLike<number>, offset: number): number {
    const values = this.values;
    const start = row * this.dim;
    let sum = 0;
    for (let d = 0; d < this.dim; d++) sum += values[start + d] * other[offset + d];
    return sum;
  }

  free(): void {
    this.#values = undefined;
  }
}
