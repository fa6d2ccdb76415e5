import { normalize } from 'node:path';
import type { InputFile } from './inputFile.ts';
import type { LeftOut, Listing } from './listing.ts';
import { statOf } from './localFiles.ts';
import { isRemote } from '../../../paths.ts';

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
