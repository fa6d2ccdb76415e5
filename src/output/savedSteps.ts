import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedArrays, Checkpoint } from '../algorithms/checkpoint.ts';
import { ioError } from '../errors.ts';
import { readJson } from '../files/parseJson.ts';
import { writeDurably } from './writeDurably.ts';
import { readArrays, writeArrays } from './arrayFile.ts';

const FINGERPRINT = 'fingerprint.json';

/** Identifies a run by everything that determines its results. */
export interface RunIdentity {
  /** Everything that determines the results of the run, as plain JSON. */
  readonly fingerprint: object;
  /** Describes how the fingerprint of an earlier run differs. Returns undefined when it does not. */
  differenceFrom(fingerprint: object): string | undefined;
}

/**
 * The finished steps of an unfinished run, in their own folder: `fingerprint.json`, and one file per step.
 * Files appear atomically, also after a loss of power; a step whose file is damaged nevertheless is computed
 * again. The folder is created when the first step is saved.
 */
export class SavedSteps implements Checkpoint {
  readonly #folder: string;
  readonly #id: string;
  readonly #identity: RunIdentity;
  /** Names of the steps loaded from an earlier run, and of the steps saved by this one. */
  readonly loaded: string[] = [];
  readonly saved: string[] = [];
  readonly #later = new Map<string, NamedArrays>();

  /** `id` is the id of this run. It appears in the names of incomplete files. */
  constructor(folder: string, id: string, identity: RunIdentity) {
    this.#folder = folder;
    this.#id = id;
    this.#identity = identity;
  }

  /** @throws NearduckError (IO Error), which names the difference, when the steps belong to another run. */
  check(subject: string): void {
    const before = fingerprintIn(this.#folder);
    const difference = before && this.#identity.differenceFrom(before);
    if (difference === undefined) return;
    throw ioError(
      `cannot resume the unfinished run in ${subject}: ${difference}; start over with --overwrite, or ` +
        'choose another folder',
    );
  }

  /** False when the folder contains steps of another run. */
  get areOwn(): boolean {
    const before = readJson(join(this.#folder, FINGERPRINT)) ?? {};
    return !isUnfinished(this.#folder) || this.#identity.differenceFrom(before) === undefined;
  }

  load(name: string): NamedArrays | undefined {
    const arrays = readArrays(this.#pathOf(name));
    if (arrays) this.loaded.push(name);
    return arrays;
  }

  save(name: string, arrays: NamedArrays): void {
    this.#make();
    for (const [earlier, theirs] of this.#later) this.#write(earlier, theirs);
    this.#later.clear();
    this.#write(name, arrays);
  }

  saveLater(name: string, arrays: NamedArrays): void {
    this.#later.set(name, arrays);
  }

  #write(name: string, arrays: NamedArrays): void {
    writeArrays(this.#pathOf(name), arrays, this.#id);
    this.saved.push(name);
  }

  /** Removes all saved steps. */
  remove(): void {
    removeSavedSteps(this.#folder);
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

/** Returns true when a folder contains steps of an unfinished run. */
export const isUnfinished = (folder: string): boolean => existsSync(join(folder, FINGERPRINT));

/** Removes the folder of saved steps, if there is one. */
export const removeSavedSteps = (folder: string): void => rmSync(folder, { recursive: true, force: true });

function fingerprintIn(folder: string): object | undefined {
  const path = join(folder, FINGERPRINT);
  if (!existsSync(path)) return undefined;
  const fingerprint = readJson(path);
  if (typeof fingerprint === 'object' && fingerprint !== null) return fingerprint;
  throw ioError(
    `'${path}', which describes the unfinished run, is damaged; start over with --overwrite, or ` +
      'choose another folder',
  );
}
