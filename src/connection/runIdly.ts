import { setImmediate, setTimeout } from 'node:timers/promises';
import {
  DuckDBMaterializedResult,
  type DuckDBInstance,
  type DuckDBPreparedStatement,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { pendingHandle } from '../columns/native.ts';

/** Looks at a statement without a pause between them: most have ended by then. */
const QUICK_LOOKS = 10;
/** Looks, a millisecond apart, after which it is asked again whether there are threads that work. */
const PATIENCE = 1000;

/**
 * Runs a statement on DuckDB's threads. Its own way to run one also takes the calling thread, which asks for work again and
 * again as long as the others have all of it: a core is busy with nothing. Here this thread looks once per millisecond.
 * The statement must call no function that binds in JavaScript.
 * @throws DuckDB's error.
 */
export async function runIdly(
  statement: DuckDBPreparedStatement,
  hasWorkers: () => Promise<boolean>,
): Promise<DuckDBMaterializedResult> {
  const pending = pendingHandle(statement.start());
  for (let look = 0; isRunning(pending); look++) {
    if (look < QUICK_LOOKS) await setImmediate();
    // With none, or with tasks that others wait for, it takes this way.
    else if ((look - QUICK_LOOKS) % PATIENCE === 0 && !(await hasWorkers())) break;
    else await setTimeout(1);
  }
  const error = duckdb.pending_error(pending);
  // Of an error this says less; but it lets go of the statement, and with that of the database.
  const result = duckdb.execute_pending(pending);
  if (!error) return new DuckDBMaterializedResult(await result);
  await result.catch(() => {});
  throw new Error(error);
}

function isRunning(pending: duckdb.PendingResult): boolean {
  const state = duckdb.pending_execute_check_state(pending);
  return state === duckdb.PendingState.NO_TASKS_AVAILABLE || state === duckdb.PendingState.RESULT_NOT_READY;
}

/** Whether DuckDB has threads of its own, beside those that call it. */
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
