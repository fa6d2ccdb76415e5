import { closedError, interruptError } from '../errors.ts';

/** DuckDB forgets an interrupt that comes before it has begun: it is told again after this many milliseconds. */
const AGAIN_MS = 5;

/** The statements of a connection: one runs at a time, the others wait in the order they came. */
export class StatementQueue {
  readonly #interruptDuckdb: () => void;
  /** Of the statements that were accepted and are not done. */
  readonly #accepted = new Set<AbortController>();
  /** Settles when the last statement accepted is done. */
  #tail: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #isConnected = true;

  constructor(interruptDuckdb: () => void) {
    this.#interruptDuckdb = interruptDuckdb;
  }

  /** Runs `body` when the statements before are done, unless it is interrupted first; `signal` says when it is later. */
  add<R>(body: (signal: AbortSignal) => Promise<R>): Promise<R> {
    if (this.#isClosed) return Promise.reject(closedError());
    const controller = new AbortController();
    this.#accepted.add(controller);
    const start = (): Promise<R> => this.#run(body, controller.signal);
    const run = this.#tail.then(start, start).finally(() => this.#accepted.delete(controller));
    this.#tail = run.catch(() => {});
    return run;
  }

  /** Stops every statement accepted so far, running or waiting; those that come later run. */
  interrupt(): void {
    this.#abort(interruptError());
  }

  /** Stops every statement, accepts no other, and waits until none runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#abort(closedError());
    await this.#tail;
  }

  /** The same without waiting, for a connection that is gone right after. */
  disconnect(): void {
    this.#isClosed = true;
    this.#abort(closedError());
    this.#isConnected = false;
  }

  #abort(reason: Error): void {
    for (const controller of this.#accepted) controller.abort(reason);
  }

  async #run<R>(body: (signal: AbortSignal) => Promise<R>, signal: AbortSignal): Promise<R> {
    signal.throwIfAborted();
    let timer: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      if (this.#isConnected) this.#interruptDuckdb();
    };
    const onAbort = (): void => {
      interrupt();
      timer = setInterval(interrupt, AGAIN_MS);
    };
    signal.addEventListener('abort', onAbort);
    try {
      return await body(signal);
    } finally {
      signal.removeEventListener('abort', onAbort);
      clearInterval(timer);
    }
  }
}
