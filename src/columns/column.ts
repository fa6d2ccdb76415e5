import type { DuckDBType } from '@duckdb/node-api';
import type duckdb from '@duckdb/node-bindings';
import type { SortKeys } from './sortKeys.ts';

/** Values of one scalar DuckDB type (ids, cluster keys, sort keys) in DuckDB's byte layout. */
export interface Column {
  readonly type: DuckDBType;
  readonly length: number;
  /** Appends the first `count` values of a vector. */
  append(vector: duckdb.Vector, count: number): void;
  isNull(row: number): boolean;
  /** SQL equality without collations: equal bytes. 0 equals −0, and NULL equals NULL. */
  equals(a: number, b: number): boolean;
  /** Compares two rows in DuckDB's ascending order, with NULL last. */
  compare(a: number, b: number): number;
  /** The order of `compare` as 64-bit keys. Values that differ can share a key; see `SortKeys.exact`. */
  sortKeys(): SortKeys;
  /**
   * Writes `count` values to the front of `vector`: those at `rows[start]` to `rows[start + count - 1]`, or
   * without `rows` those at `start` to `start + count - 1`.
   */
  write(vector: duckdb.Vector, start: number, count: number, rows?: Int32Array): void;
  /** The value as text, for messages. */
  text(row: number): string;
  /** A column of the values at `rows`, in that order. */
  take(rows: Int32Array): Column;
  /** A column of these values followed by the values of `other`, which must have the same type. */
  concat(other: Column): Column;
}

/** A result column. DuckDB reads at most 2,048 rows per call. */
export interface ResultColumn {
  readonly type: DuckDBType;
  /** Writes rows `start` to `start + count` (exclusive) to the front of `vector`. */
  write(vector: duckdb.Vector, start: number, count: number): void;
}
