import type { Connection } from '../../connection/connection.ts';
import type { ProgressLine } from '../progressLine.ts';

/** Milliseconds. */
const INTERVAL = 200;
/** Milliseconds before the first drawing: most statements are over by then. */
const PATIENCE = 1000;
const STEP = 'query';

/**
 * Tells how far DuckDB is with the running statement, as long as nearduck's own functions tell nothing themselves. Returns what ends
 * it; on no terminal it does nothing.
 */
export function watchQuery(connection: Connection, progress: ProgressLine): () => void {
  if (!progress.isShown) return () => {};
  const start = performance.now();
  let drawn = 0;
  const timer = setInterval(() => {
    const isJobRunning = progress.idle < PATIENCE && drawn === 0;
    if (isJobRunning || performance.now() - start < PATIENCE) return;
    const { percentage } = connection.progress;
    if (percentage <= 0) return;
    drawn = percentage;
    progress.update({ step: STEP, done: Math.floor(percentage), total: 100 });
  }, INTERVAL);
  return () => clearInterval(timer);
}
