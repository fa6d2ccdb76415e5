import type { DuckDBType } from '@duckdb/node-api';
import type duckdb from '@duckdb/node-bindings';

/** A result column. DuckDB reads at most 2,048 rows per call. */
export interface ResultColumn {
  readonly type: DuckDBType;
  /** Writes rows `start` to `start + count` (exclusive) to the front of `vector`. */
  write(vector: duckdb.Vector, start: number, count: number): void;
}
