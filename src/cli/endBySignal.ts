/**
 * Ends the process at once, as a shell expects of a signal: `process.exit` would wait for requests that hang
 * in DuckDB.
 */
export function endBySignal(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
