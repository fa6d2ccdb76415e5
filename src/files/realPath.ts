import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, parse, sep } from 'node:path';

/** On POSIX systems, a backslash is part of a name. */
const SEPARATORS = sep === '/' ? '/' : /[\\/]/;

/**
 * The real location of a path, as the system resolves it: links are followed, and `..` leaves the target of a
 * link. Parts that do not exist yet are appended unchanged.
 */
export function realPath(path: string): string {
  const { root } = parse(path);
  let place = isAbsolute(path) ? root : realpathSync('.');
  for (const name of path.slice(isAbsolute(path) ? root.length : 0).split(SEPARATORS)) {
    if (name === '..') place = dirname(place);
    else place = followed(join(place, name));
  }
  return place;
}

const followed = (path: string): string => (existsSync(path) ? realpathSync(path) : path);
