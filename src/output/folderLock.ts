import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ioError } from '../errors.ts';
import { parseJson } from '../files/parseJson.ts';
import { fateOf, ownIdentity, type ProcessIdentity } from './processIdentity.ts';

/** Milliseconds between two signs of life of a lock. */
const BEAT = 2000;
/** Milliseconds without one after which a lock of another machine or container is given up. */
const PATIENCE = 20_000;

export interface LockOptions {
  /** What is locked, for messages. */
  readonly subject: string;
  /** Aborted by Ctrl-C, while another lock is watched. */
  readonly signal?: AbortSignal;
  /** Receives a remark when there is something to wait for. */
  readonly notice?: (text: string) => void;
  /** Milliseconds between two signs of life; default 2,000. */
  readonly beat?: number;
  /** Milliseconds to watch a lock of an unknown process; default 20,000. */
  readonly patience?: number;
}

interface Holder extends ProcessIdentity {
  /** Different for each lock ever taken. */
  readonly id: string;
}

/**
 * A lock file on a file system that machines and containers may share. It does not trust process ids: whether its holder
 * still runs is asked of the kernel where that is the same one, and else told by signs of life, which a thread of the
 * holder gives.
 */
export class FolderLock {
  readonly #path: string;
  readonly #id: string;
  readonly #file: number;
  #heart: Worker | undefined;

  private constructor(path: string, id: string, file: number) {
    this.#path = path;
    this.#id = id;
    this.#file = file;
  }

  /**
   * Takes the lock at `path`, that of a dead process too, to hold it for long. A lock of a process that cannot be asked
   * is watched first.
   * @throws NearduckError (IO Error) when a process that is alive has it; the reason of `signal`.
   */
  static async acquire(path: string, id: string, options: LockOptions): Promise<FolderLock> {
    const { beat = BEAT } = options;
    for (;;) {
      const taken = take(path, id);
      if (typeof taken === 'number') return new FolderLock(path, id, taken).#beat(beat);
      if (taken.fate === 'alive') throw refusal(taken, options.subject);
      if (taken.fate === 'unknown') await watch(path, taken, options);
      removeDead(path, id, taken);
    }
  }

  /**
   * Takes the lock for a moment, without signs of life.
   * @throws NearduckError (IO Error) when a process that is not known to be dead has it.
   */
  static acquireNow(path: string, id: string, subject: string): FolderLock {
    for (;;) {
      const taken = take(path, id);
      if (typeof taken === 'number') return new FolderLock(path, id, taken);
      if (taken.fate !== 'dead') throw refusal(taken, subject);
      removeDead(path, id, taken);
    }
  }

  /** Whether the holder of a lock is known to run: by the kernel, or by a sign of life within the patience. */
  static isAlive(path: string): boolean {
    const sign = lookAt(path);
    if (!sign) return false;
    return sign.fate === 'alive' || (sign.fate === 'unknown' && Date.now() - sign.time < PATIENCE);
  }

  /** Whether the holder of a lock is known to run no more. */
  static isDead(path: string): boolean {
    return lookAt(path)?.fate === 'dead';
  }

  /** False once another process has taken the lock, as it may from one that did not run for a while. */
  get held(): boolean {
    return lookAt(this.#path)?.holder?.id === this.#id;
  }

  release(): void {
    void this.#heart?.terminate();
    if (this.held) rmSync(this.#path);
    closeSync(this.#file);
  }

  #beat(beat: number): this {
    // A thread, since a long computation may keep the main one busy for minutes.
    this.#heart = new Worker(HEART, { eval: true, execArgv: [], workerData: { file: this.#file, beat } });
    this.#heart.unref();
    return this;
  }
}

const HEART = `
  const { futimesSync } = require('node:fs');
  const { file, beat } = require('node:worker_threads').workerData;
  setInterval(() => {
    const now = new Date();
    try { futimesSync(file, now, now); } catch {}
  }, beat);
`;

/** A lock as it is seen: who has it, whether that one is alive, and the latest sign of life. */
interface Sign {
  /** Undefined when what is written there cannot be read, or not yet. */
  readonly holder: Holder | undefined;
  readonly fate: 'alive' | 'dead' | 'unknown';
  readonly time: number;
}

/** The descriptor of a new lock file, or who has it. */
function take(path: string, id: string): number | Sign {
  for (;;) {
    try {
      const file = openSync(path, 'wx+');
      const holder: Holder = { id, ...ownIdentity() };
      writeSync(file, JSON.stringify(holder));
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const sign = lookAt(path);
    if (sign) return sign;
    // Not merely released meanwhile: it would be there and not there for ever.
    if (isLink(path)) throw ioError(`lock '${path}' is a broken link; remove it`);
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** Undefined when there is no lock. Opens the file: only that makes network file systems look anew. */
function lookAt(path: string): Sign | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const holder = parse(readFileSync(file, 'utf8'));
    return { holder, fate: holder ? fateOf(holder) : 'unknown', time: fstatSync(file).mtimeMs };
  } catch (cause) {
    throw ioError(
      `lock '${path}' is no file that can be read: ${(cause as Error).message}; remove it`,
      cause,
    );
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

const nameOf = ({ holder }: Sign): string =>
  holder ? `process ${holder.pid} on ${holder.host}` : 'another process';

const refusal = (sign: Sign, subject: string): Error =>
  ioError(`another run, ${nameOf(sign)}, is writing ${subject}; wait for it, or choose another folder`);

/** Resolves when a lock gives no sign of life. @throws NearduckError (IO Error) when it gives one. */
async function watch(path: string, first: Sign, options: LockOptions): Promise<void> {
  const { subject, signal, notice, beat = BEAT, patience = PATIENCE } = options;
  const seconds = Math.ceil(patience / 1000);
  notice?.(`waiting up to ${seconds} s for a sign of life of ${nameOf(first)}, which was writing ${subject}`);
  for (let waited = 0; waited < patience; waited += beat) {
    await sleep(beat, undefined, { signal });
    const now = lookAt(path);
    if (now === undefined) return;
    if (now.time !== first.time || now.holder?.id !== first.holder?.id) throw refusal(now, subject);
  }
}

/** Takes a dead lock out of the way, unless another process has just done so. */
function removeDead(path: string, id: string, dead: Sign): void {
  const aside = `${path}.${id}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (lookAt(aside)?.holder?.id !== dead.holder?.id) renameSync(aside, path);
  else rmSync(aside);
}
