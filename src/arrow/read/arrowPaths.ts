import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, sep } from 'node:path';
import { binderError, ioError } from '../../errors.ts';

const EXTENSIONS = /\.(?:arrow|arrows|feather|ipc)$/i;

/**
 * The files a path stands for, sorted: a file, the Arrow files of a directory, or what matches a glob (`*`, `?`, `[…]`
 * within a name, `**` for any folders).
 * @throws NearduckError (IO Error) when there is none, (Binder Error) for a URL.
 */
export function arrowPaths(path: string): string[] {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    throw binderError(
      `read_arrow: '${path}' is not a local file; copy it here first, or keep it as Parquet, which DuckDB reads remotely`,
    );
  }
  const local = path.replace(/^~(?=$|[\\/])/, homedir());
  const stats = statSync(local, { throwIfNoEntry: false });
  if (stats?.isDirectory())
    return found(
      path,
      readdirSync(local)
        .filter((name) => EXTENSIONS.test(name))
        .map((name) => join(local, name)),
    );
  if (stats) return [local];
  return found(path, /[*?[]/.test(local) ? glob(local) : []);
}

function found(path: string, files: string[]): string[] {
  if (files.length === 0) throw ioError(`read_arrow: no files found that match the pattern "${path}"`);
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

/** One part of a glob, with the slash before it. */
function partExpression(part: string): string {
  if (part === '**') return '(?:/[^/]+)*';
  return `/${part.replaceAll(/\[!?[^\]]+\]|[*?]|[.+^${}()|\\[\]]/g, (token) => {
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 1) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return `\\${token}`;
  })}`;
}
