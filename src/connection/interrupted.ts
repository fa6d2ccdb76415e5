/** Milliseconds between interrupts. DuckDB ignores one that arrives before the statement has started. */
const RETRY_MS = 5;

/** Runs `body`. Once `signal` is aborted, calls `interrupt` repeatedly until `body` is done. */
export async function interruptedBy<R>(
  signal: AbortSignal,
  interrupt: () => void,
  body: () => Promise<R>,
): Promise<R> {
  signal.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    interrupt();
    timer = setInterval(interrupt, RETRY_MS);
  };
  signal.addEventListener('abort', onAbort);
  try {
    return await body();
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearInterval(timer);
  }
}
