import type { DuckDBResult, DuckDBConnection } from '@duckdb/node-api';
import type { RecordBatch, Schema, Table } from 'apache-arrow';
import { columnVector } from '../columns/native.ts';
import { createBuilder } from './write/createBuilder.ts';
import { openStream, type StatementOptions } from '../statementOptions.ts';

/** Limits of one record batch. */
export interface BatchOptions {
  /** Maximum rows per record batch. Default: 65,536. */
  readonly batchRows?: number;
  /** A record batch is also closed when it reaches this many bytes. Default: 64 MiB. */
  readonly batchBytes?: number;
}

/** A result as Arrow: the schema, and the record batches as the result streams. */
export interface ArrowBatches {
  readonly schema: Schema;
  [Symbol.asyncIterator](): AsyncGenerator<RecordBatch>;
}

/**
 * Converts a DuckDB result to Arrow record batches. Column bytes are copied unchanged where both formats
 * agree. DECIMAL and HUGEINT become Decimal128, UUID becomes text, ENUM becomes a dictionary. Repeated column
 * names get a suffix.
 * @throws NearduckError (Not Implemented Error) for a column without an Arrow type, such as INTERVAL or
 * UNION.
 */
export async function recordBatches(result: DuckDBResult, options: BatchOptions = {}): Promise<ArrowBatches> {
  const arrow = await import('apache-arrow');
  const { batchRows = 65_536, batchBytes = 2 ** 26 } = options;
  const names = result.deduplicatedColumnNames();
  const builders = result.columnTypes().map((type, i) => createBuilder(arrow, names[i], type));
  const schema = new arrow.Schema(builders.map(({ type }, i) => new arrow.Field(names[i], type, true)));
  const take = (length: number): RecordBatch => {
    const children = builders.map((builder) => builder.take());
    const type = new arrow.Struct(schema.fields);
    return new arrow.RecordBatch(schema, arrow.makeData({ type, length, nullCount: 0, children }));
  };
  async function* batches(): AsyncGenerator<RecordBatch> {
    let rows = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      const count = chunk?.rowCount ?? 0;
      if (!chunk || count === 0) break;
      for (const [i, builder] of builders.entries())
        builder.append(columnVector(chunk, i), count, [0, count]);
      rows += count;
      if (rows < batchRows && builders.reduce((sum, builder) => sum + builder.byteLength(), 0) < batchBytes)
        continue;
      yield take(rows);
      rows = 0;
    }
    if (rows > 0) yield take(rows);
  }
  return { schema, [Symbol.asyncIterator]: batches };
}

/**
 * Reads the remaining rows of a DuckDB result into an Arrow table.
 * @throws NearduckError (Not Implemented Error) for a column without an Arrow type.
 */
export async function toArrow(result: DuckDBResult, options?: BatchOptions): Promise<Table> {
  const arrow = await import('apache-arrow');
  const source = await recordBatches(result, options);
  const batches = [];
  for await (const batch of source) batches.push(batch);
  return new arrow.Table(source.schema, batches);
}

/**
 * Runs `sql` and returns its rows as an Arrow table.
 * @throws DuckDB's errors, the reason of the signal, or NearduckError (Not Implemented Error) for a column
 * without an Arrow type.
 */
export async function arrowTable(
  connection: DuckDBConnection,
  sql: string,
  options: StatementOptions & BatchOptions = {},
): Promise<Table> {
  return toArrow(await openStream(connection, sql, options), options);
}
