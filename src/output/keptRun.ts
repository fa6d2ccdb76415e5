import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Arrays, Checkpoint } from '../dedup/checkpoint.ts';
import { ioError } from '../errors.ts';
import { writeDurably } from './writeDurably.ts';
import { readArrays, writeArrays } from './arrayFile.ts';

const FINGERPRINT = 'fingerprint.json';

/** What tells one run from another. */
export interface RunIdentity {
  /** What decides the results of the run, as plain JSON. */
  readonly fingerprint: object;
  /** What differs from the fingerprint of an earlier run, in words; undefined where nothing does. */
  differenceFrom(fingerprint: object): string | undefined;
}

/**
 * What an unfinished run has computed, in a folder of its own: `fingerprint.json`, and one file per finished step. Each file
 * appears whole, also after a loss of power; one that is damaged all the same is computed again. The folder is made when there is something to keep.
 */
export class KeptRun implements Checkpoint {
  readonly #folder: string;
  readonly #id: string;
  readonly #identity: RunIdentity;
  /** Names of the steps that were kept by an earlier run, and of those that this one computed. */
  readonly loaded: string[] = [];
  readonly saved: string[] = [];
  readonly #later = new Map<string, Arrays>();

  /** `id`: of this run; names files that are not complete yet. */
  constructor(folder: string, id: string, identity: RunIdentity) {
    this.#folder = folder;
    this.#id = id;
    this.#identity = identity;
  }

  /** @throws NearduckError (IO Error) that names the difference when what is kept is of another run. */
  check(subject: string): void {
    const before = fingerprintIn(this.#folder);
    const difference = before && this.#identity.differenceFrom(before);
    if (difference === undefined) return;
    throw ioError(
      `cannot resume the unfinished run in ${subject}: ${difference}; start anew with --overwrite, or choose another folder`,
    );
  }

  load(name: string): Arrays | undefined {
    const arrays = readArrays(this.#pathOf(name));
    if (arrays) this.loaded.push(name);
    return arrays;
  }

  save(name: string, arrays: Arrays): void {
    this.#make();
    for (const [earlier, theirs] of this.#later) this.#write(earlier, theirs);
    this.#later.clear();
    this.#write(name, arrays);
  }

  saveLater(name: string, arrays: Arrays): void {
    this.#later.set(name, arrays);
  }

  #write(name: string, arrays: Arrays): void {
    writeArrays(this.#pathOf(name), arrays, this.#id);
    this.saved.push(name);
  }

  /** Forgets all of it. */
  remove(): void {
    removeKept(this.#folder);
  }

  #make(): void {
    if (existsSync(join(this.#folder, FINGERPRINT))) return;
    mkdirSync(this.#folder, { recursive: true });
    writeDurably(join(this.#folder, FINGERPRINT), JSON.stringify(this.#identity.fingerprint), this.#id);
  }

  #pathOf(name: string): string {
    return join(this.#folder, `${name}.arrays`);
  }
}

/** Whether a folder keeps work of a run that did not finish. */
export const isUnfinished = (folder: string): boolean => existsSync(join(folder, FINGERPRINT));

export const removeKept = (folder: string): void => rmSync(folder, { recursive: true, force: true });

function fingerprintIn(folder: string): object | undefined {
  const path = join(folder, FINGERPRINT);
  if (!existsSync(path)) return undefined;
  try {
    const fingerprint: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof fingerprint === 'object' && fingerprint !== null) return fingerprint;
  } catch {
    // Said below.
  }
  throw ioError(
    `'${path}' is damaged, which says what the unfinished run is of; start anew with --overwrite, or choose another folder`,
  );
}
