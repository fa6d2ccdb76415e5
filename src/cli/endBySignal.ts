/** Ends the process at once: `process.exit` would wait for requests that hang in DuckDB. */
export function endBySignal(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
