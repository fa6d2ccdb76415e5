import { type BigIntStats, type Dirent, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { ioRefusal } from '../../shell/refusal.ts';
import { formatOf } from './formats.ts';
import { type InputFile, fileFrom, statOf } from './inputFile.ts';
import { isHidden, type LeftOut, type LeftOutReason, type Listing } from './listing.ts';

/** Files after which the walk lets other work, such as Ctrl-C, have its turn. */
const YIELD_INTERVAL = 2000;

/**
 * All files of a known format in a local folder and its subfolders. Links are followed last. Each folder and
 * file is taken once, even if several paths lead to it.
 * @throws NearduckError (IO Error) for a folder that cannot be read, and for a broken link with the name of a
 * data file.
 */
export async function walkFolder(root: string, signal?: AbortSignal): Promise<Listing> {
  const walk = new Walk();
  for (const _ of walk.run(root)) {
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
  return walk;
}

class Walk implements Listing {
  readonly files: InputFile[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly folders: string[] = [];
  /** Paths by device and inode. */
  readonly #taken = new Map<string, string>();
  readonly #links: string[] = [];
  #seen = 0;

  *run(root: string): Generator<void, void> {
    yield* this.#enter(root, statOf(root));
    // Links found on the way are put at the end.
    for (const link of this.#links) yield* this.#follow(link);
  }

  /** Walks a folder and its subfolders. */
  *#enter(root: string, stats: BigIntStats): Generator<void, void> {
    if (!this.#take(root, stats)) return;
    this.folders.push(root);
    const pending = [root];
    for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
      const inside: string[] = [];
      for (const entry of entriesOf(folder)) {
        const path = join(folder, entry.name);
        if (isHidden(entry.name)) this.#leave(path, 'hidden');
        else if (entry.isSymbolicLink()) this.#links.push(path);
        else if (!entry.isDirectory()) this.#file(path, entry.isFile());
        else if (this.#take(path, statOf(path))) inside.push(path);
        if (++this.#seen % YIELD_INTERVAL === 0) yield;
      }
      pending.push(...inside.toReversed());
    }
  }

  *#follow(link: string): Generator<void, void> {
    let stats: BigIntStats;
    try {
      stats = statOf(link);
    } catch (error) {
      if (!isBroken(error)) throw error;
      if (formatOf(link)) throw ioRefusal(`'${link}' is a broken link; remove or repair it`, error);
      return this.#leave(link, 'broken');
    }
    if (stats.isDirectory()) yield* this.#enter(link, stats);
    else this.#file(link, stats.isFile(), stats);
  }

  #file(path: string, isRegular: boolean, stats?: BigIntStats): void {
    if (!formatOf(path)) return this.#leave(path, 'format');
    if (!isRegular) return this.#leave(path, 'special');
    const known = stats ?? statOf(path);
    if (this.#take(path, known)) this.files.push(fileFrom(path, known));
  }

  /** Returns false for a file or folder that another path has led to before. */
  #take(path: string, { dev, ino }: BigIntStats): boolean {
    // Some network file systems have no inodes.
    const key = ino === 0n ? realpathSync(path) : `${dev}:${ino}`;
    const readAs = this.#taken.get(key);
    if (readAs === undefined) this.#taken.set(key, path);
    else this.leftOut.push({ path, reason: 'again', readAs });
    return readAs === undefined;
  }

  #leave(path: string, reason: LeftOutReason): void {
    this.leftOut.push({ path, reason });
  }
}

/** Returns true for a link that is broken or leads in a circle. */
const isBroken = (error: unknown): boolean =>
  ['ENOENT', 'ELOOP', 'ENOTDIR'].includes(String(((error as Error).cause as NodeJS.ErrnoException)?.code));

/** The entries of a folder, sorted by name. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw ioRefusal(`cannot read folder '${folder}': ${(cause as Error).message}`, cause);
  }
}
