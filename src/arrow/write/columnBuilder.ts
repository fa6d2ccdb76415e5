import type duckdb from '@duckdb/node-bindings';
import type { Data, DataType } from 'apache-arrow';
import { validityBits } from '../../columns/native.ts';
import { ValidityBuilder } from './validityBuilder.ts';

/** Ranges of rows in a vector: start, count, start, count … */
export type Runs = readonly number[];

/** Collects the values of one column, in Arrow's byte layout, until a batch is full. */
export interface ColumnBuilder {
  readonly type: DataType;
  /** Bytes collected since the last `take`. */
  byteLength(): number;
  /** Appends the rows of a vector that lie in `runs`. The vector has `size` rows. */
  append(vector: duckdb.Vector, size: number, runs: Runs): void;
  /** Returns the collected values and starts a new batch. */
  take(): Data;
}

/** The part of a column builder that depends on the type. NULLs are collected separately. */
export interface Layout {
  byteLength(): number;
  /** `bits` are the validity bits; undefined means that all values are valid. */
  append(vector: duckdb.Vector, size: number, runs: Runs, bits: Uint8Array | undefined): void;
  /** Returns the arguments of apache-arrow's `makeData`, except type, length and NULLs. */
  take(): object;
}

/** Creates a builder for columns of a type. It uses apache-arrow's `makeData`. */
export function columnBuilder(
  makeData: (typeof import('apache-arrow'))['makeData'],
  type: DataType,
  layout: Layout,
): ColumnBuilder {
  const validity = new ValidityBuilder();
  return {
    type,
    byteLength: () => layout.byteLength(),
    append(vector, size, runs) {
      const bits = validityBits(vector, size);
      forEachRun(runs, (start, count) => validity.append(bits, start, count));
      layout.append(vector, size, runs, bits);
    },
    take: () => makeData({ type, ...validity.take(), ...layout.take() } as never),
  };
}

/** Calls `body` for each range that is not empty. */
export function forEachRun(runs: Runs, body: (start: number, count: number) => void): void {
  for (let i = 0; i < runs.length; i += 2) if (runs[i + 1] > 0) body(runs[i], runs[i + 1]);
}
