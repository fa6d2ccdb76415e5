import type { Worker } from 'node:worker_threads';
import { NearduckError, type ErrorClass } from '../../../errors.ts';
import { startWorker } from '../../../threads/startWorker.ts';
import { disableTelemetry } from '../products/graphs.ts';
import type { QueryPairs } from '../../above.ts';
import type { LaneCalls } from './laneCalls.ts';

/** A call of a lane's method, as sent to its thread. */
export interface LaneRequest {
  readonly id: number;
  readonly method: keyof LaneCalls;
  readonly args: readonly unknown[];
}

/** The result or the error of the request with the same `id`. */
export interface LaneAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly errorClass?: ErrorClass; readonly detail?: string };
}

/** The message that a lane's thread sends once it has loaded its modules. */
export const READY = 'ready';

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * A lane in a worker thread. Calls may overlap and are processed in order. An idle lane does not keep the
 * process alive, except while the thread loads: a process that ends while onnxruntime-node starts in a thread
 * sometimes aborts.
 */
export class WorkerLane implements LaneCalls {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #last = 0;
  #ready = false;
  #failure: Error | undefined;

  constructor(int8: boolean) {
    disableTelemetry();
    this.#worker = startWorker('#laneWorker', { int8 });
    this.#worker.on('message', (message: LaneAnswer | typeof READY) => {
      if (message === READY) this.#ready = true;
      else this.#settle(message);
      if (this.#ready && this.#pending.size === 0) this.#worker.unref();
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`a worker thread ended with code ${code}`)));
  }

  /** True once the thread has ended for any reason. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  nearest(...args: Parameters<LaneCalls['nearest']>): Promise<readonly QueryPairs[]> {
    return this.#call('nearest', args);
  }

  search(...args: Parameters<LaneCalls['search']>): Promise<readonly QueryPairs[]> {
    return this.#call('search', args);
  }

  lloyd(...args: Parameters<LaneCalls['lloyd']>): Promise<void> {
    return this.#call('lloyd', args);
  }

  release(): Promise<void> {
    return this.#call('release');
  }

  async close(): Promise<void> {
    if (!this.#failure) await this.#call('close');
    await this.#worker.terminate();
  }

  #call<T = void>(method: keyof LaneCalls, args: readonly unknown[] = []): Promise<T> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = ++this.#last;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: (result) => resolve(result as T), reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, method, args } satisfies LaneRequest);
    });
  }

  #settle({ id, result, error }: LaneAnswer): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (!error) pending?.resolve(result);
    else if (error.errorClass) pending?.reject(new NearduckError(error.errorClass, error.detail ?? ''));
    else pending?.reject(new Error(error.message));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
