import type { Connection } from '../../connection/connection.ts';
import type { ProgressLine } from '../progressLine.ts';

/** Milliseconds. */
const INTERVAL = 200;
/** DuckDB is asked after this many milliseconds without progress of nearduck's functions. */
const DRAW_AFTER_MS = 1000;

/**
 * Shows the progress of the running statement in DuckDB while no function of nearduck reports any. Returns
 * the function that ends it. Without a terminal, it does nothing.
 */
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
  }, INTERVAL);
  return () => clearInterval(timer);
}
