import { DuckDBMaterializedResult, DuckDBResult, ResultReturnType } from '@duckdb/node-api';
import { interruptError, invalidInputError } from '../errors.ts';
import { interruptedBy, type StatementQueue } from './statementQueue.ts';

/** Returns true for a result whose rows are still to be read. */
export const isStream = (result: unknown): result is DuckDBResult =>
  result instanceof DuckDBResult && !(result instanceof DuckDBMaterializedResult);

/**
 * Makes a stream throw when DuckDB fails while rows are read. node-api's own stream ends as if there were no
 * more rows. When `signal` is aborted, reading throws the signal's reason.
 * @throws NearduckError (INTERRUPT Error) after an interrupt, otherwise NearduckError (Invalid Input Error),
 * both while the stream is read. node-api does not provide DuckDB's message.
 */
export function checkStream(
  stream: DuckDBResult,
  queue: StatementQueue,
  signal: AbortSignal | undefined,
): void {
  const fetchChunk = stream.fetchChunk.bind(stream);
  const interrupts = queue.interrupts;
  const fetchChecked = async (): ReturnType<DuckDBResult['fetchChunk']> => {
    const chunk = await fetchChunk();
    const isOver = !chunk || chunk.rowCount === 0;
    if (!isOver || stream.returnType !== ResultReturnType.INVALID) return chunk;
    if (queue.interrupts !== interrupts) throw interruptError();
    throw invalidInputError(
      'the statement failed while its rows were read, and DuckDB did not report the error; use run() to ' +
        'see it',
    );
  };
  const fetchUnlessAborted = async (from: AbortSignal): ReturnType<DuckDBResult['fetchChunk']> => {
    try {
      return await interruptedBy(from, () => queue.interruptStream(), fetchChecked);
    } catch (error) {
      throw from.aborted ? from.reason : error;
    }
  };
  stream.fetchChunk = signal ? () => fetchUnlessAborted(signal) : fetchChecked;
}
