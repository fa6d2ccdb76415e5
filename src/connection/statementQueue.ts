import { closedError, interruptError } from '../errors.ts';
import { interruptedBy } from './interrupted.ts';

/** The statements of a connection: one runs at a time, the others wait in the order they came. */
export class StatementQueue {
  readonly #interruptDuckdb: () => void;
  /** Of the statements that were accepted and are not done. */
  readonly #accepted = new Set<AbortController>();
  /** Settles when the last statement accepted is done. */
  #tail: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #isConnected = true;
  #interrupts = 0;

  constructor(interruptDuckdb: () => void) {
    this.#interruptDuckdb = interruptDuckdb;
  }

  /**
   * Runs `body` when the statements before are done, unless it is interrupted first; `signal` says when it is later. It
   * rejects with the reason of `caller` when that is aborted: at once while it waits, else when it has stopped.
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

  /** Stops DuckDB's work for a stream that is being read. A statement that runs or waits closes the stream: then it does nothing. */
  interruptStream(): void {
    if (this.#accepted.size === 0) this.#interrupt();
  }

  /** How often it was interrupted. */
  get interrupts(): number {
    return this.#interrupts;
  }

  /** Stops every statement accepted so far, running or waiting; those that come later run. */
  interrupt(): void {
    this.#interrupts++;
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
