import { closeSync, fstatSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ioError } from '../errors.ts';
import { isLink, pathExists } from '../files/pathExists.ts';
import { parseJson } from '../files/parseJson.ts';
import { unlessMissing } from '../files/unlessMissing.ts';
import { fateOf, ownIdentity, type ProcessIdentity } from './processIdentity.ts';

/** Milliseconds between two heartbeats of a lock. */
const HEARTBEAT_MS = 2000;
/** A lock of another machine is considered dead after this many milliseconds without a heartbeat. */
const WATCH_MS = 20_000;

/** Options of a lock. */
export interface LockOptions {
  /** The locked thing, for messages. */
  readonly subject: string;
  /** Aborted by Ctrl-C while another lock is watched. */
  readonly signal?: AbortSignal;
  /** Receives a message when another lock must be watched. */
  readonly notice?: (text: string) => void;
  /** Milliseconds between two heartbeats. Default: 2,000. */
  readonly heartbeatMs?: number;
  /** Milliseconds for which a lock of an unknown process is watched. Default: 20,000. */
  readonly watchMs?: number;
}

interface Holder extends ProcessIdentity {
  /** Unique per lock. */
  readonly id: string;
}

/**
 * A lock file on a file system that machines and containers may share. A process id alone does not identify
 * the holder. On the same machine, the kernel tells whether the holder runs. Otherwise, heartbeats tell, which
 * a thread of the holder writes.
 */
export class FolderLock {
  readonly #path: string;
  readonly #id: string;
  readonly #file: number;
  /** 1 when heartbeats must stop. */
  readonly #isReleased = new Uint8Array(new SharedArrayBuffer(1));

  private constructor(path: string, id: string, file: number) {
    this.#path = path;
    this.#id = id;
    this.#file = file;
  }

  /**
   * Acquires the lock at `path` and keeps writing heartbeats. A lock of a dead process is taken over. A lock
   * of a process on another machine or in another container is watched first.
   * @throws NearduckError (IO Error) when a running process holds the lock, or the reason of `signal`.
   */
  static async acquire(path: string, id: string, options: LockOptions): Promise<FolderLock> {
    const { heartbeatMs = HEARTBEAT_MS } = options;
    for (;;) {
      const taken = take(path, id);
      if (typeof taken === 'number') return new FolderLock(path, id, taken).#beat(heartbeatMs);
      if (taken.fate === 'alive') throw refusal(taken, options.subject);
      if (taken.fate === 'unknown') await watch(path, taken, options);
      removeDeadLock(path, id, taken);
    }
  }

  /**
   * Acquires the lock for a short time, without heartbeats.
   * @throws NearduckError (IO Error) unless the lock is free or its holder is known to be dead.
   */
  static acquireNow(path: string, id: string, subject: string): FolderLock {
    for (;;) {
      const taken = take(path, id);
      if (typeof taken === 'number') return new FolderLock(path, id, taken);
      if (taken.fate !== 'dead') throw refusal(taken, subject);
      removeDeadLock(path, id, taken);
    }
  }

  /** Returns true when the holder of a lock is known to run, from the kernel or a recent heartbeat. */
  static isAlive(path: string): boolean {
    const sign = readLock(path);
    if (!sign) return false;
    return sign.fate === 'alive' || (sign.fate === 'unknown' && Date.now() - sign.time < WATCH_MS);
  }

  /** Returns true when the holder of a lock is known to be dead. */
  static isDead(path: string): boolean {
    return readLock(path)?.fate === 'dead';
  }

  /** False once another process has taken over the lock, which can happen when this process was suspended. */
  get isHeld(): boolean {
    return readLock(this.#path)?.holder?.id === this.#id;
  }

  release(): void {
    this.#isReleased[0] = 1;
    if (this.isHeld) rmSync(this.#path);
    closeSync(this.#file);
  }

  #beat(heartbeatMs: number): this {
    let heart = hearts.get(heartbeatMs);
    if (!heart) {
      heart = new Worker(HEARTBEAT_WORKER, { eval: true, execArgv: [], workerData: heartbeatMs });
      heart.unref();
      hearts.set(heartbeatMs, heart);
    }
    heart.postMessage({ file: this.#file, isReleased: this.#isReleased });
    return this;
  }
}

/**
 * The threads that write the heartbeats of all locks, by milliseconds between two heartbeats. Heartbeats need
 * a thread: a long computation can block the main thread for minutes.
 */
const hearts = new Map<number, Worker>();

const HEARTBEAT_WORKER = `
  const { futimesSync } = require('node:fs');
  const { parentPort, workerData } = require('node:worker_threads');
  const locks = new Set();
  parentPort.on('message', (lock) => locks.add(lock));
  setInterval(() => {
    const now = new Date();
    for (const lock of locks) {
      if (lock.isReleased[0] === 1) locks.delete(lock);
      else try { futimesSync(lock.file, now, now); } catch {}
    }
  }, workerData);
`;

/** The observed state of a lock: its holder, whether the holder runs, and the latest heartbeat. */
interface LockState {
  /** Undefined when the content cannot be read, or is not written yet. */
  readonly holder: Holder | undefined;
  readonly fate: 'alive' | 'dead' | 'unknown';
  readonly time: number;
}

/** Creates the lock file and returns its descriptor, or returns the state of the existing lock. */
function take(path: string, id: string): number | LockState {
  for (;;) {
    try {
      const file = openSync(path, 'wx+');
      const holder: Holder = { id, ...ownIdentity() };
      writeSync(file, JSON.stringify(holder));
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const sign = readLock(path);
    if (sign) return sign;
    // The lock was not just released: a broken link would fail in both ways forever.
    if (isLink(path)) throw ioError(`lock '${path}' is a broken link; remove it`);
  }
}

/** The state of a lock; undefined without one. Opening it refreshes caches of network file systems. */
function readLock(path: string): LockState | undefined {
  const file = unlessMissing(() => openSync(path, 'r'));
  if (file === undefined) return undefined;
  try {
    const holder = parse(readFileSync(file, 'utf8'));
    return { holder, fate: holder ? fateOf(holder) : 'unknown', time: fstatSync(file).mtimeMs };
  } catch (cause) {
    throw ioError(`lock '${path}' cannot be read: ${(cause as Error).message}; remove it`, cause);
  } finally {
    closeSync(file);
  }
}

function parse(text: string): Holder | undefined {
  const holder = parseJson(text) as Partial<Holder> | null | undefined;
  const isHolder =
    typeof holder?.id === 'string' && typeof holder.host === 'string' && typeof holder.pid === 'number';
  return isHolder ? (holder as Holder) : undefined;
}

const nameOf = ({ holder }: LockState): string =>
  holder ? `process ${holder.pid} on ${holder.host}` : 'another process';

const refusal = (sign: LockState, subject: string): Error =>
  ioError(`another run, ${nameOf(sign)}, is writing ${subject}; wait for it, or choose another folder`);

/** Watches a lock until it had no heartbeat for some time. @throws NearduckError (IO Error) on one. */
async function watch(path: string, first: LockState, options: LockOptions): Promise<void> {
  const { subject, signal, notice, heartbeatMs = HEARTBEAT_MS, watchMs = WATCH_MS } = options;
  const seconds = Math.ceil(watchMs / 1000);
  notice?.(
    `waiting up to ${seconds} s to see whether ${nameOf(first)}, which was writing ${subject}, is ` +
      'still running',
  );
  for (let waited = 0; waited < watchMs; waited += heartbeatMs) {
    await sleep(heartbeatMs, undefined, { signal });
    const now = readLock(path);
    if (now === undefined) return;
    if (now.time !== first.time || now.holder?.id !== first.holder?.id) throw refusal(now, subject);
  }
}

/** Removes a dead lock, unless another process has just removed it. */
function removeDeadLock(path: string, id: string, dead: LockState): void {
  const aside = `${path}.${id}`;
  unlessMissing(() => renameSync(path, aside));
  if (!pathExists(aside)) return;
  if (readLock(aside)?.holder?.id !== dead.holder?.id) renameSync(aside, path);
  else rmSync(aside);
}
