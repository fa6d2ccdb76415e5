import duckdb from '@duckdb/node-bindings';
import { ListEntries } from '../columns/listEntry.ts';
import { hasNulls, isValid, validityBits } from '../columns/native.ts';
import { StringReader } from '../columns/stringReader.ts';
import { freeBuffer } from '../threads/freeBuffer.ts';
import type { EmbeddingColumn } from './embeddingType.ts';
import type { InvalidRows, Reason } from './invalidRows.ts';
import type { RowBytes } from './normalizer.ts';

/** Receives the rows of a vector that are lists of the right length, and their row numbers. */
export type RowSink = (rows: RowBytes, numbers: Int32Array) => void;

const FLOAT_BYTES = 4;

/** Reads embeddings from DuckDB vectors. Malformed embeddings are recorded, the others are passed on. */
export class EmbeddingReader {
  readonly #column: EmbeddingColumn;
  readonly #invalid: InvalidRows;
  readonly #sink: RowSink;
  #dim: number | undefined;
  #starts = new Float64Array(0);
  #lengths = new Int32Array(0);
  #rows = new Int32Array(0);
  /** Multiples of `dim`. */
  #neighbours = new Float64Array(0);

  /** `dim` is the required number of elements per row. Default: the number in the first valid row. */
  constructor(column: EmbeddingColumn, invalid: InvalidRows, sink: RowSink, dim?: number) {
    this.#dim = dim;
    this.#column = column;
    this.#invalid = invalid;
    this.#sink = sink;
  }

  /** Elements per row. Undefined until a valid row is read. */
  get dim(): number | undefined {
    return this.#dim;
  }

  /** Reads the `count` rows of a vector. `first` is the row number of the first one. */
  read(vector: duckdb.Vector, count: number, first: number): void {
    const lists = this.#lists(vector, count);
    const rows = this.#wellFormed(lists, count, first);
    if (rows.length === 0) return;
    const { elementBytes, isPacked: keepUnit = false } = this.#column;
    const numbers = rows.map((row) => first + row);
    const starts = this.#startsOf(rows, lists.starts);
    this.#sink({ bytes: lists.bytes, elementBytes, dim: this.#dim!, starts, keepUnit }, numbers);
  }

  /** The starts of the rows. Rows are usually adjacent from 0 on, and one array then serves all vectors. */
  #startsOf(rows: Int32Array, starts: Float64Array): Float64Array {
    const dim = this.#dim!;
    if (this.#neighbours.length < rows.length) {
      this.#neighbours = Float64Array.from(rows, (_, i) => i * dim);
    }
    const expected = this.#neighbours;
    if (rows.every((row, i) => starts[row] === expected[i])) return expected.subarray(0, rows.length);
    return Float64Array.from(rows, (row) => starts[row]);
  }

  #lists(vector: duckdb.Vector, count: number): Lists {
    const { elementBytes, arrayLength } = this.#column;
    const validity = validityBits(vector, count);
    // Arrays are reused: allocating them per vector would cost more than all other work.
    if (this.#starts.length < count) {
      this.#starts = new Float64Array(count);
      this.#lengths = new Int32Array(count);
      this.#rows = new Int32Array(count);
    }
    const starts = this.#starts;
    const lengths = this.#lengths;
    if (this.#column.isPacked) return this.#packed(vector, count, validity);
    let child: duckdb.Vector;
    let size: number;
    if (arrayLength !== undefined) {
      for (let i = 0; i < count; i++) starts[i] = i * arrayLength;
      lengths.fill(arrayLength);
      child = duckdb.array_vector_get_child(vector);
      size = count * arrayLength;
    } else {
      const entries = new ListEntries(vector, count);
      for (let i = 0; i < count; i++) {
        starts[i] = entries.start(i);
        lengths[i] = entries.length(i);
      }
      entries.close();
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

  /** BLOBs of float32. A BLOB whose size is not a multiple of an element counts as empty. */
  #packed(vector: duckdb.Vector, count: number, validity: Uint8Array | undefined): Lists {
    const reader = new StringReader(vector, count, validity);
    const starts = this.#starts;
    const lengths = this.#lengths;
    const [run] = reader.runs;
    // A page of a file is one run, in which BLOBs of whole elements stay aligned.
    let inPlace = reader.runs.length === 1;
    let size = 0;
    for (let i = 0; i < count; i++) {
      lengths[i] = 0;
      starts[i] = 0;
      if (!isValid(validity, i)) continue;
      const source = reader.source(i);
      if (reader.bytes % FLOAT_BYTES > 0) continue;
      lengths[i] = reader.bytes / FLOAT_BYTES;
      starts[i] = reader.start / FLOAT_BYTES;
      size += reader.bytes;
      inPlace &&= source === run.bytes && reader.start % FLOAT_BYTES === 0;
    }
    const bytes = inPlace ? run.bytes : this.#joined(reader, count, size);
    if (!inPlace) for (const { bytes: taken } of reader.runs) freeBuffer(taken.buffer as ArrayBuffer);
    reader.close();
    return { validity, starts, lengths, childValidity: undefined, bytes };
  }

  /** The BLOBs of `size` bytes, joined. */
  #joined(reader: StringReader, count: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (this.#lengths[i] === 0) continue;
      const source = reader.source(i);
      bytes.set(source.subarray(reader.start, reader.start + reader.bytes), at);
      this.#starts[i] = at / FLOAT_BYTES;
      at += reader.bytes;
    }
    return bytes;
  }

  /** The rows that are lists of the right length without NULLs. The others are recorded as invalid. */
  #wellFormed(
    { validity, starts, lengths, childValidity, bytes }: Lists,
    count: number,
    first: number,
  ): Int32Array {
    const rows = this.#rows;
    let taken = 0;
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
      else if (lengths[i] === this.#dim) rows[taken++] = i;
      else this.#invalid.add(first + i, 'wrong length', ` ${lengths[i]}, expected ${this.#dim}`);
    }
    return rows.subarray(0, taken);
  }

  /** The reason why a row cannot be the first valid row, which sets the length. Undefined when it can. */
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
}

/** The lists of a vector: list i consists of elements `starts[i]` to `starts[i] + lengths[i]` of `bytes`. */
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
