import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, sep } from 'node:path';
import { binderError, ioError } from '../errors.ts';

/**
 * Returns the sorted files that a path argument stands for: one file, the files of a directory with a
 * matching extension, or the matches of a glob (`*`, `?`, `[…]` within a name, `**` for any folders).
 * @throws NearduckError (IO Error) when there is none, or (Binder Error) for a URL.
 */
export function localPaths(functionName: string, path: string, extensions: RegExp): string[] {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    throw binderError(
      `${functionName}: '${path}' is not a local file; copy it to this machine, or convert it to ` +
        'Parquet, which DuckDB reads remotely',
    );
  }
  const local = path.replace(/^~(?=$|[\\/])/, homedir());
  const stats = statSync(local, { throwIfNoEntry: false });
  if (stats?.isDirectory())
    return found(
      functionName,
      path,
      readdirSync(local)
        .filter((name) => extensions.test(name))
        .map((name) => join(local, name)),
    );
  if (stats) return [local];
  return found(functionName, path, /[*?[]/.test(local) ? glob(local) : []);
}

function found(functionName: string, path: string, files: string[]): string[] {
  if (files.length === 0) throw ioError(`${functionName}: no files found that match the pattern "${path}"`);
  return files.sort();
}

function glob(pattern: string): string[] {
  const parts = pattern.split(/[\\/]/);
  const fixed = parts.findIndex((part) => /[*?[]/.test(part));
  const root = parts.slice(0, fixed).join(sep);
  const base = root === '' ? (fixed > 0 ? sep : '.') : root;
  const rest = parts.slice(fixed);
  const matcher = new RegExp(`^${rest.map(partExpression).join('')}$`, 'u');
  if (!statSync(base, { throwIfNoEntry: false })?.isDirectory()) return [];
  const names = readdirSync(base, { recursive: rest.length > 1 }) as string[];
  return names
    .filter((name) => matcher.test(`/${name.replaceAll(sep, '/')}`))
    .map((name) => join(base, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

/** Translates one part of a glob, with the slash before it, to a regular expression. */
function partExpression(part: string): string {
  if (part === '**') return '(?:/[^/]+)*';
  return `/${part.replaceAll(/\[!?[^\]]+\]|[*?]|[.+^${}()|\\[\]]/g, (token) => {
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 1) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return `\\${token}`;
  })}`;
}
