import duckdb from '@duckdb/node-bindings';
import { hasNulls, isValid, validityBits } from '../columns/native.ts';
import { Simd } from '../simd/simd.ts';
import type { EmbeddingColumn } from './embeddingType.ts';
import type { InvalidRows, Reason } from './invalidRows.ts';

/** What becomes of the valid rows of a chunk: unit-length rows and a hash each. */
export type RowSink = (rows: Float32Array, hashes: Float64Array, dim: number) => void;

/** Takes embeddings out of DuckDB vectors: checks them, scales them to unit length, hands them on. */
export class EmbeddingReader {
  readonly #column: EmbeddingColumn;
  readonly #invalid: InvalidRows;
  readonly #sink: RowSink;
  readonly #simd = new Simd();
  #dim: number | undefined;
  #input = 0;
  #output = 0;
  #status = 0;
  #hashes = 0;
  #capacity = 0;

  /** `dim`: the elements a row must have; default: those of the first valid row. */
  constructor(column: EmbeddingColumn, invalid: InvalidRows, sink: RowSink, dim?: number) {
    this.#dim = dim;
    this.#column = column;
    this.#invalid = invalid;
    this.#sink = sink;
  }

  /** Elements a row, known once a valid row was read. */
  get dim(): number | undefined {
    return this.#dim;
  }

  /** Reads the `count` rows of a vector; `first` is the number of the first one. */
  read(vector: duckdb.Vector, count: number, first: number): void {
    const lists = this.#lists(vector, count);
    const rows = this.#wellFormed(lists, count, first);
    if (rows.length === 0) return;
    this.#normalize(lists, rows, first);
  }

  #lists(vector: duckdb.Vector, count: number): Lists {
    const { elementBytes, arrayLength } = this.#column;
    const validity = validityBits(vector, count);
    let starts: Float64Array;
    let lengths: Int32Array;
    let child: duckdb.Vector;
    let size: number;
    if (arrayLength !== undefined) {
      starts = new Float64Array(count);
      for (let i = 0; i < count; i++) starts[i] = i * arrayLength;
      lengths = new Int32Array(count).fill(arrayLength);
      child = duckdb.array_vector_get_child(vector);
      size = count * arrayLength;
    } else {
      const bytes = duckdb.vector_get_data(vector, count * 16);
      const words = new Uint32Array(bytes.buffer, bytes.byteOffset, count * 4);
      starts = new Float64Array(count);
      lengths = new Int32Array(count);
      for (let i = 0; i < count; i++) {
        starts[i] = words[4 * i] + words[4 * i + 1] * 2 ** 32;
        lengths[i] = words[4 * i + 2];
      }
      child = duckdb.list_vector_get_child(vector);
      size = duckdb.list_vector_get_size(vector);
    }
    const childValidity = size > 0 ? validityBits(child, size) : undefined;
    return {
      validity,
      starts,
      lengths,
      childValidity: hasNulls(childValidity, size) ? childValidity : undefined,
      bytes: size > 0 ? duckdb.vector_get_data(child, size * elementBytes) : new Uint8Array(0),
    };
  }

  /** Rows that are lists of the right length without NULLs; the others are noted as invalid. */
  #wellFormed(
    { validity, starts, lengths, childValidity, bytes }: Lists,
    count: number,
    first: number,
  ): number[] {
    const rows: number[] = [];
    for (let i = 0; i < count; i++) {
      if (!isValid(validity, i)) {
        this.#invalid.add(first + i, 'NULL embedding');
        continue;
      }
      if (childValidity && containsNull(childValidity, starts[i], lengths[i])) {
        this.#invalid.add(first + i, 'NULL element');
        continue;
      }
      if (this.#dim === undefined) {
        const reason = this.#unusable(bytes, starts[i], lengths[i]);
        if (reason) {
          this.#invalid.add(first + i, reason);
          continue;
        }
        this.#dim = lengths[i];
      }
      if (lengths[i] === 0) this.#invalid.add(first + i, 'zero norm');
      else if (lengths[i] === this.#dim) rows.push(i);
      else this.#invalid.add(first + i, 'wrong length', ` ${lengths[i]}, expected ${this.#dim}`);
    }
    return rows;
  }

  /** Why a row cannot be the first valid one, which sets the length; undefined when it can. */
  #unusable(bytes: Uint8Array, start: number, length: number): Reason | undefined {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const { elementBytes } = this.#column;
    let largest = 0;
    for (let i = start; i < start + length; i++) {
      const value = elementBytes === 4 ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true);
      if (!Number.isFinite(value)) return 'NaN or infinite element';
      largest = Math.max(largest, Math.abs(value));
    }
    return largest > 0 ? undefined : 'zero norm';
  }

  #normalize({ starts, bytes }: Lists, rows: readonly number[], first: number): void {
    const { elementBytes } = this.#column;
    const dim = this.#dim!;
    this.#reserve(rows.length, dim);
    const simd = this.#simd;
    const rowBytes = dim * elementBytes;
    const input = simd.u8(this.#input, rows.length * rowBytes);
    for (let i = 0; i < rows.length;) {
      let run = 1;
      while (i + run < rows.length && starts[rows[i + run]] === starts[rows[i]] + run * dim) run++;
      const from = starts[rows[i]] * elementBytes;
      input.set(bytes.subarray(from, from + run * rowBytes), i * rowBytes);
      i += run;
    }
    if (elementBytes === 4) simd.call.normalize(this.#input, rows.length, dim, this.#status);
    else simd.call.normalizeDouble(this.#input, rows.length, dim, this.#output, this.#status);
    const status = simd.u8(this.#status, rows.length);
    const output = simd.f32(this.#output, rows.length * dim);
    let good = 0;
    for (let i = 0; i < rows.length; i++) {
      if (status[i] !== 0) {
        this.#invalid.add(first + rows[i], status[i] === 1 ? 'NaN or infinite element' : 'zero norm');
      } else {
        if (good !== i) output.copyWithin(good * dim, i * dim, (i + 1) * dim);
        good++;
      }
    }
    if (good === 0) return;
    simd.call.hashRows(this.#output, good, dim, this.#hashes);
    this.#sink(output.subarray(0, good * dim), simd.f64(this.#hashes, good), dim);
  }

  #reserve(rows: number, dim: number): void {
    if (rows * dim <= this.#capacity) return;
    const simd = this.#simd;
    for (const address of new Set([this.#input, this.#output, this.#status, this.#hashes]))
      simd.free(address);
    this.#capacity = rows * dim;
    this.#input = simd.allocate(rows * dim * this.#column.elementBytes);
    this.#output = this.#column.elementBytes === 4 ? this.#input : simd.allocate(rows * dim * 4);
    // `rows` may be few and long now, many and short later.
    this.#status = simd.allocate(rows * dim);
    this.#hashes = simd.allocate(rows * dim * 8);
  }
}

/** The lists of a vector: entry i is elements `starts[i]` to `starts[i] + lengths[i]` of `bytes`. */
interface Lists {
  readonly validity: Uint8Array | undefined;
  readonly starts: Float64Array;
  readonly lengths: Int32Array;
  readonly childValidity: Uint8Array | undefined;
  readonly bytes: Uint8Array;
}

function containsNull(validity: Uint8Array, start: number, length: number): boolean {
  for (let i = start; i < start + length; i++) if (!isValid(validity, i)) return true;
  return false;
}
