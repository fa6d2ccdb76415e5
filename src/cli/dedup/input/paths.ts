import { existsSync } from 'node:fs';
import { realPath } from '../../../files/realPath.ts';
import { isRemote, literalPath, wildcards } from '../../../paths.ts';

/** A path escaped for DuckDB's readers, which would take a leading tilde as the home folder. */
export const readableName = (path: string): string =>
  literalPath(!isRemote(path) && path.startsWith('~') ? `./${path}` : path);

/** A URL without its parameters, such as `?s3_region=eu-west-3`. */
export const withoutParameters = (path: string): string =>
  isRemote(path) ? path.replace(/\?.*$/, '') : path;

/** Returns true when a local file or folder of exactly this name exists, even if the name is also a glob. */
export const isLocalName = (path: string): boolean => !isRemote(path) && existsSync(path);

/** The folder that contains all matches of a glob, from the part before its first wildcard. */
export function globRoot(glob: string): string {
  const fixed = glob.slice(0, glob.search(wildcards(glob)));
  const end = fixed.lastIndexOf('/');
  return end > 0 ? fixed.slice(0, end) : end === 0 ? '/' : '.';
}

/** The canonical spelling of a place: links resolved as far as it exists, `s3://` for `s3a://`. */
export function placeOf(path: string): string {
  if (isRemote(path)) return path.replace(/^s3[an]:/i, 's3:').replace(/\/+$/, '');
  return realPath(path);
}

/** Returns true when `place` is `folder` or lies in it. Both come from `placeOf`. */
export const isWithin = (place: string, folder: string): boolean =>
  place === folder || place.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
