import {
  ANY,
  BOOLEAN,
  DuckDBScalarFunction,
  type DuckDBConnection,
  type DuckDBDataChunk,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { columnVector } from '../columns/native.ts';
import { chunkCheck, type ReadColumn } from './chunkTypes.ts';
import type { Relation } from './relation.ts';

/** Receives rows during the call. The first vector holds the token. */
type ChunkHandler = (chunk: DuckDBDataChunk) => void;

const NAME = 'nearduck_take';
const handlers = new Map<number, ChunkHandler>();
let lastToken = 0;

/**
 * Creates the scalar function that passes rows on. DuckDB calls it with each vector from all its threads, and
 * waits. Unlike a streamed result, this does not copy chunks, and scans run in parallel.
 */
export function createTakeFunction(): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: NAME,
    returnType: BOOLEAN,
    varArgsType: ANY,
    specialHandling: true,
    volatile: true,
    // The result is only counted. It is BOOLEAN with arbitrary values, never NULL.
    mainFunction: (_info, chunk) => {
      if (chunk.rowCount === 0) return;
      const bytes = duckdb.vector_get_data(columnVector(chunk, 0), 4);
      const token = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
      const handle = handlers.get(token);
      if (!handle) throw new Error(`${NAME} is internal to nearduck`);
      handle(chunk);
    },
  });
}

/**
 * Reads `columns` of a relation and passes the rows to `handle`, as vectors 1 and up, in no particular order.
 * They have the types of `columns`.
 * @throws the error of `handle`, DuckDB's error, or RelationChanged when a column has another type.
 */
export async function forEachChunk(
  connection: DuckDBConnection,
  functionName: string,
  relation: Relation,
  columns: readonly ReadColumn[],
  handle: ChunkHandler,
): Promise<void> {
  const token = ++lastToken;
  const check = chunkCheck(functionName, relation, columns);
  let failure: unknown;
  handlers.set(token, (chunk) => {
    if (failure) throw failure;
    try {
      check(chunk, 1);
      handle(chunk);
    } catch (error) {
      failure = error;
      throw error;
    }
  });
  const expressions = columns.map(({ expression }) => expression);
  try {
    await connection.run(
      `SELECT count(${NAME}(${token}::INTEGER, ${expressions.join(', ')})) FROM ${relation.from}`,
    );
  } catch (error) {
    throw failure ?? error;
  } finally {
    handlers.delete(token);
  }
}
