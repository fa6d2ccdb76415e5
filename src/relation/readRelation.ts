import {
  type DuckDBConnection,
  DuckDBTypeId,
  quotedIdentifier,
  quotedString,
  UBIGINT,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { Column } from '../columns/column.ts';
import { createColumn, isColumnType } from '../columns/createColumn.ts';
import { hashValues } from '../columns/fixedWidthColumn.ts';
import { columnVector } from '../columns/native.ts';
import type { NamedColumn } from '../columns/types.ts';
import { binderError, invalidInputError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { checkIds, type IdRows } from './checkIds.ts';
import { chunkCheck, type ReadColumn } from './chunkTypes.ts';
import { collated } from './expression.ts';
import { embeddingColumn, nameAnother, requireColumn, type EmbeddingColumn } from './embeddingType.ts';
import { EmbeddingReader } from './embeddingReader.ts';
import { RowIntake } from './intake.ts';
import { InvalidRows } from './invalidRows.ts';
import type { Relation } from './relation.ts';
import type { RowStore, RowStoreOptions } from '../rows/rowStore.ts';
import { forEachChunk } from './takeFunction.ts';

/** The columns to read of a relation. `relationSource` creates it from names. */
export interface RelationSource {
  readonly functionName: string;
  readonly relation: Relation;
  readonly id: NamedColumn;
  readonly embedding: EmbeddingColumn;
}

/**
 * Checks that a relation has the id and embedding columns that a function was given.
 * @throws NearduckError (Binder Error), which names the missing column and the existing ones.
 */
export function relationSource(
  functionName: string,
  relation: Relation,
  id: string,
  embedding: string,
): RelationSource {
  const idColumn = requireColumn(functionName, relation, id, nameAnother('id'));
  if (!isColumnType(idColumn.type)) {
    throw binderError(
      `${functionName}: id column ${quotedIdentifier(idColumn.name)} of relation ` +
        `${quotedString(relation.text)} has type ${idColumn.type.toString()}; ids must be scalars: pass a ` +
        'SELECT that computes one, such as its text or its hash',
    );
  }
  return {
    functionName,
    relation,
    id: idColumn,
    embedding: embeddingColumn(functionName, relation, embedding),
  };
}

/** SELECT expressions by their purpose. */
export type Expressions = Readonly<Record<string, readonly string[]>>;

/** How a relation is read. */
export interface ReadOptions {
  readonly connection: DuckDBConnection;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  readonly store: RowStoreOptions;
  /** A store with rows of the same length, to which the rows are appended instead of to a new store. */
  readonly into?: RowStore;
  /** Maximum number of threads that process rows. Default: one per core. */
  readonly threads?: number;
  /** Additional SELECT expressions to read. Each has a scalar type. */
  readonly extras?: Expressions;
  /** With `error`, an invalid row is an error after the whole input is read. */
  readonly onInvalid: 'error' | 'skip';
  /** Seeds the hash of the id, which orders samples and random rankings; default 0. */
  readonly seed?: number;
  /** With false, embeddings are only checked, and ids are not. */
  readonly keepRows?: boolean;
  /** Receives a message about skipped rows. */
  readonly notice?: (text: string) => void;
}

/** The rows of a relation. Columns and hashes are by valid row. */
export interface RelationRows extends IdRows {
  /** Unit-length embeddings; undefined when no row is valid. */
  readonly store: RowStore | undefined;
  /** DuckDB's hash of the id and the seed. */
  readonly hashes: BigUint64Array;
  /** The columns of the additional expressions, by the same names. */
  readonly extras: Readonly<Record<string, readonly Column[]>>;
  readonly invalid: InvalidRows;
  /** Ids of the invalid rows, in their order. */
  readonly invalidIds: Column;
}

const LEADING = 3;

/**
 * Reads a relation once: embeddings into a row store, other columns into memory, in order of arrival.
 * @throws NearduckError for invalid embeddings (with `onInvalid: 'error'`), when no embedding has the length
 * of those in `into`, or for ids that are NULL or not unique.
 */
export async function readRelation(
  source: RelationSource,
  options: ReadOptions,
  expectedDim = options.into?.dim,
): Promise<RelationRows> {
  const { functionName, relation, embedding } = source;
  const id = quotedIdentifier(source.id.name);
  const key = await uniqueKey(source, options);
  const unique = key === id ? [] : [key, `hash(${key})`];
  const asked: Expressions = { ...options.extras, unique };
  const more = await extraColumns(options.connection, relation, Object.values(asked).flat());
  const read: ReadColumn[] = [
    { expression: id, type: source.id.type },
    { expression: `hash(${id}, ${options.seed ?? 0}::BIGINT)`, type: UBIGINT },
    embedding,
    ...more,
  ];

  const ids = createColumn(source.id.type);
  const hashes: BigUint64Array[] = [];
  const extras = more.map(({ type }) => createColumn(type));
  const invalid = new InvalidRows();
  const intake = new RowIntake(invalid, {
    store: options.keepRows === false ? undefined : options.store,
    into: options.into,
    threads: options.threads,
    keep: () => options.onInvalid === 'skip' || invalid.count === 0,
  });
  const reader = new EmbeddingReader(
    embedding,
    invalid,
    (rows, numbers) => intake.take(rows, numbers),
    expectedDim,
  );
  let total = 0;
  try {
    options.progress({ step: 'read rows', done: 0 });
    await forEachChunk(options.connection, functionName, relation, read, (chunk) => {
      options.signal.throwIfAborted();
      const count = chunk.rowCount;
      const vector = (column: number): duckdb.Vector => columnVector(chunk, 1 + column);
      ids.append(vector(0), count);
      hashes.push(hashesIn(vector(1), count));
      reader.read(vector(2), count, total);
      extras.forEach((column, i) => column.append(vector(LEADING + i), count));
      total += count;
      options.progress({ step: 'read rows', done: total });
    });
    options.signal.throwIfAborted();
    if (expectedDim === undefined && invalid.has('wrong length')) {
      const dim = await firstLength(source, options);
      if (dim !== reader.dim) {
        await intake.close();
        return await readRelation(source, options, dim);
      }
    }
    const { store, valid } = await intake.finish();
    if (options.into && valid.length === 0 && invalid.has('wrong length')) {
      throw invalidInputError(
        `${functionName}: no embedding has the length of those it is compared with: ${invalid.summary()}`,
      );
    }
    invalid.sort();
    if (invalid.count > 0) {
      if (options.onInvalid === 'error') throw invalid.error(functionName, total, ids);
      options.notice?.(`${functionName}: left out ${invalid.count} of ${total} rows: ${invalid.summary()}`);
    }
    const invalidIds = ids.take(Int32Array.from(invalid.rows));
    const { columns, ...kept } = keepValid(total, valid, ids, joinHashes(hashes, total), extras);
    const rows = { store, invalid, invalidIds, ...kept, ...byName(columns, asked, kept) };
    if (options.keepRows !== false) checkIds(functionName, source.id.name, rows);
    return rows;
  } catch (error) {
    await intake.close();
    throw error;
  }
}

/** The length of the first valid embedding in the relation's own order. */
export async function firstLength(
  { functionName, relation, embedding }: RelationSource,
  { connection }: Pick<ReadOptions, 'connection'>,
): Promise<number | undefined> {
  const reader = new EmbeddingReader(embedding, new InvalidRows(), () => {});
  const check = chunkCheck(functionName, relation, [embedding]);
  const result = await connection.stream(`SELECT ${embedding.expression} FROM ${relation.from}`);
  while (reader.dim === undefined) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) break;
    check(chunk, 0);
    reader.read(columnVector(chunk, 0), chunk.rowCount, 0);
  }
  return reader.dim;
}

/** The expression that DuckDB compares when it compares ids. */
async function uniqueKey(
  { relation, id }: RelationSource,
  { connection, keepRows }: ReadOptions,
): Promise<string> {
  const name = quotedIdentifier(id.name);
  const isText = id.type.typeId === DuckDBTypeId.VARCHAR;
  return isText && keepRows !== false ? collated(connection, relation, name) : name;
}

/** The additional columns by name, and the unique key with its hashes if it differs from the id. */
function byName(
  columns: readonly Column[],
  asked: Expressions,
  { ids, hashes }: Pick<RelationRows, 'ids' | 'hashes'>,
): Pick<RelationRows, 'extras' | 'unique'> {
  let next = 0;
  const { unique, ...extras } = Object.fromEntries(
    Object.entries(asked).map(([name, { length }]) => [name, columns.slice(next, (next += length))]),
  );
  const [keys, keyHashes] = unique;
  return { extras, unique: keyHashes ? { keys, hashes: hashValues(keyHashes) } : { keys: ids, hashes } };
}

/** The extra expressions and their types. */
async function extraColumns(
  connection: DuckDBConnection,
  relation: Relation,
  extras: readonly string[],
): Promise<ReadColumn[]> {
  if (extras.length === 0) return [];
  const statement = await connection.prepare(`SELECT ${extras.join(', ')} FROM ${relation.from}`);
  try {
    return extras.map((expression, i) => ({ expression, type: statement.columnType(i) }));
  } finally {
    statement.destroySync();
  }
}

/** The values of a UBIGINT vector. They are valid as long as the vector. */
export function hashesIn(vector: duckdb.Vector, count: number): BigUint64Array {
  const bytes = duckdb.vector_get_data(vector, count * 8);
  return new BigUint64Array(bytes.buffer, bytes.byteOffset, count);
}

function joinHashes(parts: readonly BigUint64Array[], total: number): BigUint64Array {
  const all = new BigUint64Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

interface KeptColumns extends Pick<RelationRows, 'ids' | 'hashes' | 'rowCount'> {
  readonly columns: readonly Column[];
}

function keepValid(
  total: number,
  valid: Int32Array,
  ids: Column,
  hashes: BigUint64Array,
  columns: readonly Column[],
): KeptColumns {
  if (valid.length === total) return { ids, hashes, columns, rowCount: total };
  return {
    ids: ids.take(valid),
    hashes: BigUint64Array.from(valid, (row) => hashes[row]),
    columns: columns.map((column) => column.take(valid)),
    rowCount: valid.length,
  };
}
