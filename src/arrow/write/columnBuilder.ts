import type duckdb from '@duckdb/node-bindings';
import type { Data, DataType } from 'apache-arrow';
import { validityBits } from '../../columns/native.ts';
import { ValidityBuilder } from './validityBuilder.ts';

/** Places in a vector: start, count, start, count … */
export type Runs = readonly number[];

/** Collects the values of one column, in DuckDB's byte layout or Arrow's where they differ, until a batch is full. */
export interface ColumnBuilder {
  readonly type: DataType;
  /** Bytes collected since the last `take`. */
  byteLength(): number;
  /** Appends the values at `runs` of a vector that holds `size`. */
  append(vector: duckdb.Vector, size: number, runs: Runs): void;
  /** Hands the values over and starts afresh. */
  take(): Data;
}

/** What a layout adds to which values are NULL. */
export interface Layout {
  byteLength(): number;
  /** `bits` say which values are valid; undefined when all are. */
  append(vector: duckdb.Vector, size: number, runs: Runs, bits: Uint8Array | undefined): void;
  /** What apache-arrow's `makeData` takes besides type, length and NULLs. */
  take(): object;
}

/** A builder of the columns of a type, by apache-arrow's `makeData`. */
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

/** Calls `body` for each run. */
export function forEachRun(runs: Runs, body: (start: number, count: number) => void): void {
  for (let i = 0; i < runs.length; i += 2) if (runs[i + 1] > 0) body(runs[i], runs[i + 1]);
}
