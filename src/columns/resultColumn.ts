import type { DuckDBType } from '@duckdb/node-api';
import type duckdb from '@duckdb/node-bindings';

/** A column of computed rows that DuckDB scans, at most 2,048 rows per call. */
export interface ResultColumn {
  readonly type: DuckDBType;
  /** Writes rows `start` to `start + count` to the front of `vector`. */
  write(vector: duckdb.Vector, start: number, count: number): void;
}
