import { setImmediate, setTimeout } from 'node:timers/promises';
import {
  DuckDBMaterializedResult,
  type DuckDBInstance,
  type DuckDBPreparedStatement,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { pendingHandle } from '../columns/native.ts';
import { oneValue } from '../queryValues.ts';

/** Milliseconds during which the state is checked without a pause. Small statements finish within them. */
const EAGER_TIME = 1;
/** Number of the later checks, one per millisecond, before DuckDB's threads are queried. */
const CHECKS_BEFORE_QUERY = 5;
/** Number of checks between two such queries. */
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
  const eagerUntil = performance.now() + EAGER_TIME;
  while (isRunning(pending) && performance.now() < eagerUntil) await setImmediate();
  for (let check = 0; isRunning(pending); check++) {
    // Without threads, or when other statements occupy them, `execute_pending` below runs the statement here.
    if (check % CHECKS_PER_QUERY === CHECKS_BEFORE_QUERY && !(await hasWorkers())) break;
    await setTimeout(1);
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
    const hasMore = `SELECT current_setting('threads') > current_setting('external_threads')`;
    return (await oneValue(connection, hasMore)) === true;
  } finally {
    connection.disconnectSync();
  }
}
