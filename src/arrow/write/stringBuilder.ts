import duckdb from '@duckdb/node-bindings';
import type { Data, DataType } from 'apache-arrow';
import { isValid, validityBits } from '../../columns/native.ts';
import { StringReader } from '../../columns/stringReader.ts';
import { forEachRun, type ColumnBuilder, type Runs } from './columnBuilder.ts';
import { GrowingBytes } from './growingBytes.ts';
import { ValidityBuilder } from './validityBuilder.ts';

/** Gives the bytes of a value: `source(i)` holds them, `start` and `bytes` say where. */
type Reader = Pick<StringReader, 'source' | 'start' | 'bytes'>;
type MakeReader = (vector: duckdb.Vector, size: number, validity: Uint8Array | undefined) => Reader;

/** VARCHAR and BLOB; other types through a reader that writes them as text. */
export class StringBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #make: typeof import('apache-arrow').makeData;
  readonly #reader: MakeReader;
  readonly #bytes = new GrowingBytes();
  readonly #validity = new ValidityBuilder();
  #ends: number[] = [0];

  constructor(
    make: typeof import('apache-arrow').makeData,
    type: DataType,
    reader: MakeReader = stringReader,
  ) {
    this.#make = make;
    this.type = type;
    this.#reader = reader;
  }

  get byteLength(): number {
    return this.#bytes.length + this.#ends.length * 4;
  }

  append(vector: duckdb.Vector, size: number, runs: Runs): void {
    const bits = validityBits(vector, size);
    const reader = this.#reader(vector, size, bits);
    forEachRun(runs, (start, count) => {
      this.#validity.append(bits, start, count);
      for (let i = start; i < start + count; i++) {
        if (isValid(bits, i)) {
          const source = reader.source(i);
          this.#bytes.append(source.subarray(reader.start, reader.start + reader.bytes));
        }
        this.#ends.push(this.#bytes.length);
      }
    });
  }

  take(): Data {
    const valueOffsets = Int32Array.from(this.#ends);
    this.#ends = [0];
    return this.#make({
      type: this.type,
      ...this.#validity.take(),
      valueOffsets,
      data: this.#bytes.take(),
    } as never);
  }
}

const stringReader: MakeReader = (vector, size, validity) => new StringReader(vector, size, validity);

/** UUIDs as text; DuckDB keeps them as 128-bit integers with the top bit flipped. */
export const uuidReader: MakeReader = (vector, size) => {
  const values = duckdb.vector_get_data(vector, size * 16);
  return {
    start: 0,
    bytes: 36,
    source(i) {
      const bytes = Buffer.from(values.subarray(i * 16, (i + 1) * 16).toReversed());
      bytes[0] ^= 0x80;
      return Buffer.from(
        bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
        'latin1',
      );
    },
  };
};
