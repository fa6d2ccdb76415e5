import { setImmediate, setTimeout } from 'node:timers/promises';
import {
  DuckDBMaterializedResult,
  type DuckDBInstance,
  type DuckDBPreparedStatement,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { pendingHandle } from '../columns/native.ts';

/** Number of state checks without a pause. Most statements finish within them. */
const QUICK_LOOKS = 10;
/** Number of state checks, one per millisecond, after which DuckDB's threads are queried again. */
const CHECKS_PER_QUERY = 1000;

/**
 * Runs a statement on DuckDB's threads. node-api's `run` also occupies the calling thread, which polls for
 * tasks in a busy loop while other threads execute them all. This function checks once per millisecond
 * instead. The statement must not call functions that bind in JavaScript.
 * @throws DuckDB's error.
 */
export async function runOnDuckdbThreads(
  statement: DuckDBPreparedStatement,
  hasWorkers: () => Promise<boolean>,
): Promise<DuckDBMaterializedResult> {
  const pending = pendingHandle(statement.start());
  for (let look = 0; isRunning(pending); look++) {
    if (look < QUICK_LOOKS) await setImmediate();
    // Without threads, or when other statements occupy them, `execute_pending` below runs the statement here.
    else if ((look - QUICK_LOOKS) % CHECKS_PER_QUERY === 0 && !(await hasWorkers())) break;
    else await setTimeout(1);
  }
  const error = duckdb.pending_error(pending);
  // After an error this result adds no information, but executing it releases the statement and the database.
  const result = duckdb.execute_pending(pending);
  if (!error) return new DuckDBMaterializedResult(await result);
  await result.catch(() => {});
  throw new Error(error);
}

function isRunning(pending: duckdb.PendingResult): boolean {
  const state = duckdb.pending_execute_check_state(pending);
  return state === duckdb.PendingState.NO_TASKS_AVAILABLE || state === duckdb.PendingState.RESULT_NOT_READY;
}

/** Returns true when DuckDB has its own threads besides those that call it. */
export async function hasWorkers(instance: DuckDBInstance): Promise<boolean> {
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(
      `SELECT current_setting('threads') > current_setting('external_threads')`,
    );
    return reader.getRows()[0][0] === true;
  } finally {
    connection.disconnectSync();
  }
}
