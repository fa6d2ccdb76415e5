import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../../errors.ts';
import { isRemote } from '../../remotePath.ts';

/** Files to read, and the table function that reads them. */
export interface Input {
  readonly files: string;
  readonly reader: 'read_parquet' | 'read_json' | 'read_arrow';
}

const READERS: readonly (readonly [extension: RegExp, reader: Input['reader'], pattern: string])[] = [
  [/\.parquet$/i, 'read_parquet', '**/*.parquet'],
  [/\.(?:jsonl|ndjson|json)(?:\.(?:gz|zst))?$/i, 'read_json', '**/*.jsonl'],
  [/\.(?:arrow|arrows|feather|ipc)$/i, 'read_arrow', '**/*.arrow'],
];

/**
 * What an INPUT argument means: a file, a glob, a folder (of Parquet, JSON Lines or Arrow), or a URL.
 * @throws NearduckError (IO Error) when there is nothing to read.
 */
export function resolveInput(input: string): Input {
  if (isRemote(input)) return remote(input);
  if (existsSync(input) && statSync(input).isDirectory()) return folder(input);
  // Globs are DuckDB's to expand: it says so when nothing matches.
  if (!existsSync(input) && !/[*?[]/.test(input))
    throw ioError(
      `dedup: no such file or folder: '${input}'; INPUT is a file, a glob, a folder or an s3:// URL`,
    );
  return { files: input, reader: readerOf(input) };
}

function remote(input: string): Input {
  return /\.\w+$/.test(input)
    ? { files: input, reader: readerOf(input) }
    : { files: `${input.replace(/\/$/, '')}/*.parquet`, reader: 'read_parquet' };
}

function folder(input: string): Input {
  const names = readdirSync(input, { recursive: true }).map(String);
  const there = READERS.filter(([extension]) => names.some((name) => extension.test(name)));
  if (there.length > 1) {
    const patterns = there.map(([, , pattern]) => `'${join(literal(input), pattern)}'`);
    throw ioError(
      `dedup: folder '${input}' holds files of several formats; choose with ${patterns.join(' or ')}`,
    );
  }
  if (there.length === 0) throw ioError(`dedup: no .parquet, .jsonl or .arrow files in folder '${input}'`);
  const [[, reader, pattern]] = there;
  return { files: join(literal(input), pattern), reader };
}

/** A path as a glob that only it matches. */
const literal = (path: string): string => path.replace(/[*?[]/g, (character) => `[${character}]`);

function readerOf(path: string): Input['reader'] {
  const reader = READERS.find(([extension]) => extension.test(path))?.[1];
  if (reader) return reader;
  throw ioError(
    `dedup: cannot tell the format of '${path}'; name files that end in .parquet, .jsonl or .arrow`,
  );
}
