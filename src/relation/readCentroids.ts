import {
  DuckDBTypeId,
  FLOAT,
  INTEGER,
  LIST,
  type DuckDBConnection,
  quotedIdentifier,
  quotedString,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { ListEntries } from '../columns/listEntry.ts';
import { columnVector } from '../columns/native.ts';
import { binderError, invalidInputError } from '../errors.ts';
import { firstRow } from '../queryValues.ts';
import { chunkCheck } from './chunkTypes.ts';
import { embeddingColumn, requireColumn } from './embeddingType.ts';
import type { Relation } from './relation.ts';

/** A fitted model, read from a relation. Centroids are not scaled. */
export interface CentroidTable {
  /** k × dim, in ascending order of their numbers. */
  readonly values: Float32Array;
  readonly dim: number;
  /** The `centroid` column. */
  readonly numbers: Int32Array;
}

/**
 * Checks that a relation has the columns `centroid` (a number) and `embedding`, like the result of
 * `kmeans_centroids`.
 * @throws NearduckError (Binder Error) when it does not.
 */
export function checkCentroidRelation(functionName: string, relation: Relation): void {
  const remedy = 'kmeans_centroids makes what is needed';
  const { type } = requireColumn(functionName, relation, 'centroid', remedy);
  requireColumn(functionName, relation, 'embedding', remedy);
  const integers = [DuckDBTypeId.TINYINT, DuckDBTypeId.SMALLINT, DuckDBTypeId.INTEGER, DuckDBTypeId.BIGINT];
  if (!integers.includes(type.typeId)) {
    throw binderError(
      `${functionName}: column "centroid" of relation ${quotedString(relation.text)} must be an ` +
        `integer, got ${type.toString()}`,
    );
  }
  embeddingColumn(functionName, relation, 'embedding');
}

/**
 * Reads centroids from a relation like the result of `kmeans_centroids`.
 * @throws NearduckError (Invalid Input Error) for no rows, NULL or infinite values, repeated numbers, or
 * centroids of different lengths.
 */
export async function readCentroids(
  connection: DuckDBConnection,
  functionName: string,
  relation: Relation,
): Promise<CentroidTable> {
  const name = quotedString(relation.text);
  const list = `CAST(${embeddingColumn(functionName, relation, 'embedding').expression} AS FLOAT[])`;
  const [bad, dims, duplicates, large, count] = (
    await firstRow(
      connection,
      `SELECT count(*) FILTER (centroid IS NULL OR e IS NULL OR len(e) = 0 OR len(list_filter(e, lambda x: x IS NULL OR NOT isfinite(x))) > 0),
              count(DISTINCT len(e)), count(*) - count(DISTINCT centroid),
              count(*) FILTER (TRY_CAST(centroid AS INTEGER) IS NULL), count(*)
       FROM (SELECT centroid, ${list} AS e FROM ${relation.from})`,
    )
  ).map(Number);
  const fail = (what: string): Error =>
    invalidInputError(`${functionName}: centroid relation ${name} ${what}`);
  if (count === 0) throw fail('has no rows');
  if (bad > 0) throw fail(`has ${bad} rows with NULL, empty, NaN or infinite values`);
  if (dims > 1) throw fail('has embeddings of different lengths');
  if (large > 0) throw fail(`has ${large} centroid numbers outside INTEGER`);
  if (duplicates > 0) throw fail('has centroid numbers that occur more than once');

  const number = 'CAST(centroid AS INTEGER)';
  const check = chunkCheck(functionName, relation, [
    { expression: number, type: INTEGER },
    { expression: list, type: LIST(FLOAT) },
  ]);
  const result = await connection.stream(
    `SELECT ${number}, ${list} FROM ${relation.from} ORDER BY ${quotedIdentifier('centroid')}`,
  );
  const numbers = new Int32Array(count);
  let values = new Float32Array(0);
  let dim = 0;
  for (let row = 0; ;) {
    const chunk = await result.fetchChunk();
    const rows = chunk?.rowCount ?? 0;
    if (!chunk || rows === 0) return { values, dim, numbers };
    check(chunk, 0);
    const bytes = duckdb.vector_get_data(columnVector(chunk, 0), rows * 4);
    numbers.set(new Int32Array(bytes.buffer, bytes.byteOffset, rows), row);
    const vector = columnVector(chunk, 1);
    const entries = new ListEntries(vector, rows);
    const size = duckdb.list_vector_get_size(vector);
    const child = duckdb.vector_get_data(duckdb.list_vector_get_child(vector), size * 4);
    const floats = new Float32Array(child.buffer, child.byteOffset, size);
    if (dim === 0) {
      dim = entries.length(0);
      values = new Float32Array(count * dim);
    }
    for (let i = 0; i < rows; i++) {
      const start = entries.start(i);
      values.set(floats.subarray(start, start + dim), (row + i) * dim);
    }
    row += rows;
  }
}
