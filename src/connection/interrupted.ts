/** DuckDB forgets an interrupt that comes before it has begun: it is told again after this many milliseconds. */
const AGAIN_MS = 5;

/** Runs `body`; from the moment `signal` is aborted until it is done, `interrupt` is called again and again. */
export async function interruptedBy<R>(
  signal: AbortSignal,
  interrupt: () => void,
  body: () => Promise<R>,
): Promise<R> {
  signal.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    interrupt();
    timer = setInterval(interrupt, AGAIN_MS);
  };
  signal.addEventListener('abort', onAbort);
  try {
    return await body();
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearInterval(timer);
  }
}
