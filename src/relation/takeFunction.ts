import {
  ANY,
  BOOLEAN,
  DuckDBScalarFunction,
  type DuckDBConnection,
  type DuckDBDataChunk,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { columnVector } from '../columns/native.ts';

/** Receives rows as DuckDB produces them. The first vector is the token; the chunk is valid during the call only. */
type Taker = (chunk: DuckDBDataChunk) => void;

const NAME = 'nearduck_take';
const takers = new Map<number, Taker>();
let lastToken = 0;

/**
 * The scalar function that hands rows over: DuckDB calls it with each vector, from all its threads, and waits. Against
 * streaming a result this saves copying each chunk into it, and scans run in parallel.
 */
export function createTakeFunction(): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: NAME,
    returnType: BOOLEAN,
    varArgsType: ANY,
    specialHandling: true,
    volatile: true,
    // What it returns is counted, not looked at: BOOLEAN, whatever was in the vector, and never NULL.
    mainFunction: (_info, chunk) => {
      if (chunk.rowCount === 0) return;
      const bytes = duckdb.vector_get_data(columnVector(chunk, 0), 4);
      const token = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
      const taker = takers.get(token);
      if (!taker) throw new Error(`${NAME} is internal to nearduck`);
      taker(chunk);
    },
  });
}

/**
 * Runs `SELECT expressions FROM from` and hands its rows, as vectors 1 and up, to `take`, in no particular order.
 * @throws what `take` throws, or DuckDB's error.
 */
export async function takeRows(
  connection: DuckDBConnection,
  expressions: readonly string[],
  from: string,
  take: Taker,
): Promise<void> {
  const token = ++lastToken;
  let failure: unknown;
  takers.set(token, (chunk) => {
    if (failure) throw failure;
    try {
      take(chunk);
    } catch (error) {
      failure = error;
      throw error;
    }
  });
  try {
    await connection.run(`SELECT count(${NAME}(${token}::INTEGER, ${expressions.join(', ')})) FROM ${from}`);
  } catch (error) {
    throw failure ?? error;
  } finally {
    takers.delete(token);
  }
}
