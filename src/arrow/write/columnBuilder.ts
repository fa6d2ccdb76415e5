import type duckdb from '@duckdb/node-bindings';
import type { Data, DataType } from 'apache-arrow';

/** Places in a vector: start, count, start, count … */
export type Runs = readonly number[];

/** Collects the values of one column, in DuckDB's byte layout or Arrow's where they differ, until a batch is full. */
export interface ColumnBuilder {
  readonly type: DataType;
  /** Bytes collected since the last `take`. */
  readonly byteLength: number;
  /** Appends the values at `runs` of a vector that holds `size`. */
  append(vector: duckdb.Vector, size: number, runs: Runs): void;
  /** Hands the values over and starts afresh. */
  take(): Data;
}

/** Calls `body` for each run. */
export function forEachRun(runs: Runs, body: (start: number, count: number) => void): void {
  for (let i = 0; i < runs.length; i += 2) if (runs[i + 1] > 0) body(runs[i], runs[i + 1]);
}
