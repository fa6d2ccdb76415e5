import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, parse, sep } from 'node:path';

/** A backslash is part of a name where it does not separate names. */
const SEPARATORS = sep === '/' ? '/' : /[\\/]/;

/**
 * The place that a path stands for, as the system finds it: links are followed, and `..` leads out of where they lead. What does
 * not exist yet is taken by its name.
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
