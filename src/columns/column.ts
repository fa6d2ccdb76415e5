import type { DuckDBType } from '@duckdb/node-api';
import type duckdb from '@duckdb/node-bindings';
import type { SortKeys } from './sortKeys.ts';

/** Values of one scalar DuckDB type, kept in its own byte layout: ids, cluster keys and sort keys on their way through. */
export interface Column {
  readonly type: DuckDBType;
  readonly length: number;
  /** Appends the first `count` values of a vector. */
  append(vector: duckdb.Vector, count: number): void;
  isNull(row: number): boolean;
  /** SQL's equality without collations: of bytes, except that 0 equals −0; NULL equals NULL. */
  equals(a: number, b: number): boolean;
  /** DuckDB's ascending order; NULL last. */
  compare(a: number, b: number): number;
  /** The order of `compare` as numbers, as far as 64 bits tell. */
  sortKeys(): SortKeys;
  /** Writes the values at `rows[start]` to `rows[start + count - 1]`, or at `start` … without `rows`, to the front of `vector`. */
  write(vector: duckdb.Vector, start: number, count: number, rows?: Int32Array): void;
  /** The value as text, for messages. */
  text(row: number): string;
  /** Only the values at `rows`, in that order. */
  take(rows: Int32Array): Column;
  /** These values, then those of another column of the same type. */
  concat(other: Column): Column;
}
