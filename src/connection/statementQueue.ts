import { closedError, interruptError } from '../errors.ts';

/** The statements of a connection. One runs at a time; the others wait in order of arrival. */
export class StatementQueue {
  readonly #interruptDuckdb: () => void;
  /** The controllers of the statements that are accepted but not done. */
  readonly #accepted = new Set<AbortController>();
  /** Settles when the last accepted statement is done. */
  #tail: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #isConnected = true;
  #interrupts = 0;

  constructor(interruptDuckdb: () => void) {
    this.#interruptDuckdb = interruptDuckdb;
  }

  /**
   * Runs `body` when the previous statements are done, unless it is interrupted first. Its `signal` is
   * aborted by a later interrupt. When `caller` is aborted, the promise rejects with its reason: at once if
   * the statement is waiting, otherwise when it has stopped.
   */
  add<R>(body: (signal: AbortSignal) => Promise<R>, caller?: AbortSignal): Promise<R> {
    if (this.#isClosed) return Promise.reject(closedError());
    if (caller?.aborted) return Promise.reject(caller.reason as Error);
    const controller = new AbortController();
    this.#accepted.add(controller);
    let hasStarted = false;
    const start = (): Promise<R> => {
      hasStarted = true;
      return this.#run(body, controller.signal);
    };
    const run = this.#tail.then(start, start).finally(() => this.#accepted.delete(controller));
    this.#tail = run.catch(() => {});
    if (!caller) return run;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        controller.abort(caller.reason);
        if (!hasStarted) reject(caller.reason as Error);
      };
      caller.addEventListener('abort', onAbort);
      run
        .then(resolve, (error: unknown) => reject((caller.aborted ? caller.reason : error) as Error))
        .finally(() => caller.removeEventListener('abort', onAbort));
    });
  }

  /** Interrupts DuckDB while a stream is read, unless a statement runs or waits, which closes it. */
  interruptStream(): void {
    if (this.#accepted.size === 0) this.#interrupt();
  }

  /** The number of interrupts so far. */
  get interrupts(): number {
    return this.#interrupts;
  }

  /** Interrupts every accepted statement, running or waiting. Later statements run. */
  interrupt(): void {
    this.#interrupts++;
    this.#abort(interruptError());
  }

  /** Interrupts every statement, accepts no more, and waits until none runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#abort(closedError());
    await this.#tail;
  }

  /** Like `close`, but does not wait; for a connection that is disconnected right afterwards. */
  disconnect(): void {
    this.#isClosed = true;
    this.#abort(closedError());
    this.#isConnected = false;
  }

  #abort(reason: Error): void {
    for (const controller of this.#accepted) controller.abort(reason);
  }

  #run<R>(body: (signal: AbortSignal) => Promise<R>, signal: AbortSignal): Promise<R> {
    return interruptedBy(
      signal,
      () => this.#interrupt(),
      () => body(signal),
    );
  }

  #interrupt(): void {
    if (this.#isConnected) this.#interruptDuckdb();
  }
}

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
