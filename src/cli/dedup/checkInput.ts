import { existsSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { quotedString, quotedIdentifier } from '@duckdb/node-api';
import { binderError, ioError } from '../../errors.ts';
import { isRemote } from '../../remotePath.ts';
import { columnList, columnsOf, findColumn, type Relation } from '../../relation/relation.ts';
import type { Session } from '../../session/session.ts';
import type { Input } from './input.ts';
import type { DedupOptions } from './options.ts';

/**
 * What can be known before anything is made: that the metadata is there, and that the output folder holds neither it nor
 * the input. @throws NearduckError (IO Error).
 */
export function checkPaths({ input, output, metadata }: DedupOptions): void {
  if (metadata !== undefined) checkMetadataPath(metadata, output);
  for (const path of [input, metadata]) {
    if (path === undefined || isRemote(path) || isRemote(output)) continue;
    const folder = resolve(output);
    const read = resolve(path.replace(/[*?[].*$/, ''));
    if (read === folder || read.startsWith(folder + sep)) {
      throw ioError(`dedup: output folder '${output}' holds '${path}', which is read; choose another one`);
    }
    const deep =
      path === input && (path.includes('**') || (existsSync(path) && statSync(path).isDirectory()));
    if (deep && folder.startsWith(read + sep)) {
      throw ioError(
        `dedup: output folder '${output}' lies in '${input}', all folders of which are read; choose another one with --output`,
      );
    }
  }
}

function checkMetadataPath(metadata: string, output: string): void {
  if (metadata.trim() === '') throw ioError('dedup: --metadata is empty');
  if (isMissingFile(metadata)) throw ioError(`dedup: no such metadata file: '${metadata}'`);
  if (existsSync(metadata) && statSync(metadata).isDirectory())
    throw ioError(
      `dedup: metadata '${metadata}' is a folder; name its files: '${join(metadata, '*.parquet')}'`,
    );
  // Files named in a statement.
  const files = [...metadata.matchAll(/'((?:[^']|'')+)'/g)].map(([, path]) => resolve(path));
  if (!isRemote(output) && files.some((path) => path.startsWith(resolve(output) + sep)))
    throw ioError(`dedup: metadata reads from output folder '${output}'; choose another one`);
}

const isMissingFile = (text: string): boolean =>
  /\.(?:parquet|csv|tsv|jsonl?|ndjson)$/i.test(text) &&
  !/[*?[(\s]/.test(text) &&
  !isRemote(text) &&
  !existsSync(text);

/** The input. @throws NearduckError (Binder Error) listing its columns when the id or embedding column is not one. */
export async function checkColumns(
  { connection }: Session,
  input: Input,
  options: DedupOptions,
): Promise<Relation> {
  const from = `${input.reader}(${quotedString(input.files)})`;
  const relation: Relation = { text: options.input, from, columns: await columnsOf(connection, from) };
  for (const name of ['id', 'embedding'] as const) {
    if (findColumn(relation, options[name])) continue;
    throw binderError(
      `dedup: input '${options.input}' has no column ${quotedIdentifier(options[name])}; ` +
        `${columnList(relation)}; name another one with --${name}`,
    );
  }
  if (options.id.toLowerCase() === options.embedding.toLowerCase()) {
    throw binderError(`dedup: --id and --embedding are the same column, ${quotedIdentifier(options.id)}`);
  }
  return relation;
}
