import duckdb from '@duckdb/node-bindings';
import type { Data, DataType } from 'apache-arrow';
import { validityBits } from '../../columns/native.ts';
import { forEachRun, type ColumnBuilder, type Runs } from './columnBuilder.ts';
import { GrowingBytes } from './growingBytes.ts';
import { ValidityBuilder } from './validityBuilder.ts';

/** BOOLEAN: a byte each in DuckDB, a bit each in Arrow. */
export class BooleanBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #make: typeof import('apache-arrow').makeData;
  readonly #values = new GrowingBytes();
  readonly #validity = new ValidityBuilder();

  constructor(make: typeof import('apache-arrow').makeData, type: DataType) {
    this.#make = make;
    this.type = type;
  }

  get byteLength(): number {
    return this.#values.length;
  }

  append(vector: duckdb.Vector, size: number, runs: Runs): void {
    const source = duckdb.vector_get_data(vector, size);
    const bits = validityBits(vector, size);
    forEachRun(runs, (start, count) => {
      this.#values.append(source.subarray(start, start + count));
      this.#validity.append(bits, start, count);
    });
  }

  take(): Data {
    const values = this.#values.take();
    const data = new Uint8Array(Math.ceil(values.length / 8));
    for (let i = 0; i < values.length; i++) if (values[i] === 1) data[i >> 3] |= 1 << (i & 7);
    return this.#make({ type: this.type, ...this.#validity.take(), data } as never);
  }
}
