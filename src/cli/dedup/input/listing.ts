import { normalize } from 'node:path';
import { type InputFile, statOf } from './inputFile.ts';
import { isRemote } from '../../../paths.ts';

/** Why a file of a folder is not read. */
export type LeftOutReason = 'hidden' | 'format' | 'again' | 'twice' | 'broken' | 'special';

/** A file of a folder that is not read, and the reason. */
export interface LeftOut {
  readonly path: string;
  readonly reason: LeftOutReason;
  /** For `again`: the path of the same file that is read. */
  readonly readAs?: string;
}

/** The files or table that a path of the user names. */
export interface Listing {
  /** In the order they are read. */
  readonly files: readonly InputFile[];
  readonly leftOut: readonly LeftOut[];
  /** Folders that are read as a whole: the one that was named and the targets of links. */
  readonly folders: readonly string[];
}

/** Names that Spark ignores, such as `_SUCCESS`. `_key=value`, the folder of a partition, is read. */
export const isHidden = (name: string): boolean => /^(?:\.|_(?!.*=))/.test(name);

/** Number of examples per reason. */
const EXAMPLES = 3;

const WORDS: Readonly<Record<LeftOutReason, (count: number) => string>> = {
  hidden: (count) => `${count} whose ${count === 1 ? 'name begins' : 'names begin'} with . or _`,
  format: (count) => `${count} of ${count === 1 ? 'another format' : 'other formats'}`,
  again: (count) => `${count} that ${count === 1 ? 'is' : 'are'} read by another path`,
  twice: (count) => `${count} named twice`,
  broken: (count) => `${count} broken ${count === 1 ? 'link' : 'links'}`,
  special: (count) => `${count} that ${count === 1 ? 'is no regular file' : 'are no regular files'}`,
};

/** `2 whose names begin with . or _ ('d/_SUCCESS', 'd/.a.crc'), 1 of another format ('d/notes.txt')` */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  const reasons = Object.keys(WORDS) as LeftOutReason[];
  return reasons
    .map((reason) => ({ reason, entries: leftOut.filter((entry) => entry.reason === reason) }))
    .filter(({ entries }) => entries.length > 0)
    .map(({ reason, entries }) => {
      const examples = entries
        .slice(0, EXAMPLES)
        .map(({ path, readAs }) => (readAs === undefined ? `'${path}'` : `'${path}' as '${readAs}'`));
      const more = entries.length > EXAMPLES ? ', …' : '';
      return `${WORDS[reason](entries.length)} (${examples.join(', ')}${more})`;
    })
    .join(', ');
}

/** Merges listings; links do not list a file twice. @throws NearduckError (IO Error) when a file is gone. */
export function union(listings: readonly Listing[]): Listing {
  const [first, ...others] = listings;
  // The walk of a folder has already removed duplicates.
  if (others.length === 0 && first.folders.length > 0) return first;
  const taken = new Map<string, string>();
  const files: InputFile[] = [];
  const again: LeftOut[] = [];
  for (const file of listings.flatMap((listing) => listing.files)) {
    const { path } = file;
    const key = keyOf(path);
    const readAs = taken.get(key);
    if (readAs === undefined) {
      taken.set(key, path);
      files.push(file);
    } else
      again.push(
        normalize(readAs) === normalize(path) ? { path, reason: 'twice' } : { path, reason: 'again', readAs },
      );
  }
  return {
    files,
    leftOut: [...listings.flatMap(({ leftOut }) => leftOut), ...again],
    folders: listings.flatMap(({ folders }) => folders),
  };
}

function keyOf(path: string): string {
  if (isRemote(path)) return path;
  const { dev, ino } = statOf(path);
  // Some network file systems have no inodes.
  return ino === 0n ? path : `${dev}:${ino}`;
}
