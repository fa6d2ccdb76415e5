import type { Connection } from '../../connection/connection.ts';
import type { ProgressLine } from '../progressLine.ts';

/** Milliseconds. */
const INTERVAL_MS = 200;
/** Milliseconds that a statement, or nearduck's own function in it, tells nothing before DuckDB is asked. */
const DRAW_AFTER_MS = 1000;

/** Shows DuckDB's progress while no function of nearduck shows its own. Returns what ends it. */
export function watchQuery(connection: Pick<Connection, 'progress'>, progress: ProgressLine): () => void {
  if (!progress.isShown) return () => {};
  const start = performance.now();
  let isDrawn = false;
  const timer = setInterval(() => {
    if (performance.now() - start < DRAW_AFTER_MS || (progress.idle < DRAW_AFTER_MS && !isDrawn)) return;
    const { rows_processed: done, total_rows_to_process: total } = connection.progress;
    // Some sources, such as range(), report their size but no progress.
    isDrawn = done > 0n;
    if (isDrawn) progress.update({ step: 'query', done: Number(done), total: Number(total) });
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}
