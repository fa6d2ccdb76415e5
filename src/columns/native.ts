import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBPendingResult,
  DuckDBPreparedStatement,
  DuckDBTableFunctionBindInfo,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

// node-api keeps its native handles private. Only this file accesses them.

/** The native handle of a connection. */
export function connectionHandle(connection: DuckDBConnection): duckdb.Connection {
  return (connection as unknown as { connection: duckdb.Connection }).connection;
}

/** The native handle of a prepared statement. */
export const preparedHandle = (statement: DuckDBPreparedStatement): duckdb.PreparedStatement =>
  (statement as unknown as { prepared_statement: duckdb.PreparedStatement }).prepared_statement;

/** The native handle of a pending result. */
export const pendingHandle = (pending: DuckDBPendingResult): duckdb.PendingResult =>
  (pending as unknown as { pending_result: duckdb.PendingResult }).pending_result;

/** Returns true when the call names the parameter, even if its value is NULL. */
export function hasNamedParameter(info: DuckDBTableFunctionBindInfo, name: string): boolean {
  const handle = (info as unknown as { bind_info: duckdb.TableFunctionBindInfo }).bind_info;
  return (duckdb.bind_get_named_parameter(handle, name) as unknown) !== null;
}

/** The native vector of a column of a chunk. */
export function columnVector(chunk: DuckDBDataChunk, column: number): duckdb.Vector {
  return duckdb.data_chunk_get_vector(chunk.chunk, column);
}

/** The validity bits of `count` values. Returns undefined when all values are valid. */
export function validityBits(vector: duckdb.Vector, count: number): Uint8Array | undefined {
  const bits = duckdb.vector_get_validity(vector, Math.ceil(count / 64) * 8) as Uint8Array | null;
  return bits ?? undefined;
}

/** Returns false when value `index` is NULL. Without `bits`, all values are valid. */
export function isValid(bits: Uint8Array | undefined, index: number): boolean {
  return bits === undefined || (bits[index >> 3] & (1 << (index & 7))) !== 0;
}

/** Returns true when at least one of the first `count` values is NULL. */
export function hasNulls(bits: Uint8Array | undefined, count: number): boolean {
  if (bits === undefined) return false;
  const whole = count >> 3;
  for (let i = 0; i < whole; i++) if (bits[i] !== 0xff) return true;
  const rest = (1 << (count & 7)) - 1;
  return rest !== 0 && (bits[whole] & rest) !== rest;
}

/** Sets the validity of `count` rows of `vector`: a row is NULL when `isNull` returns true. */
export function writeNulls(vector: duckdb.Vector, count: number, isNull: (row: number) => boolean): void {
  const bits = new Uint8Array(Math.ceil(count / 64) * 8).fill(0xff);
  for (let i = 0; i < count; i++) if (isNull(i)) bits[i >> 3] &= ~(1 << (i & 7));
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, bits.buffer as ArrayBuffer, 0, bits.byteLength);
}

/** Copies bytes to a vector's data, starting at byte `at`. */
export function writeBytes(target: duckdb.Vector, at: number, bytes: Uint8Array): void {
  if (bytes.length > 0) {
    duckdb.copy_data_to_vector(target, at, bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
  }
}
