import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { quotedIdentifier, type DuckDBConnection } from '@duckdb/node-api';
import { binderRefusal, ioRefusal } from '../../shell/refusal.ts';
import { columnList, columnsOf, findColumn, type Relation } from '../../../relation/relation.ts';
import type { Session } from '../../../session/session.ts';
import { fromInput } from '../input/bindInput.ts';
import { type Input, leftOutNotice, openInput } from '../input/input.ts';
import { hasGlob, isRemote } from '../../../paths.ts';
import { globRoot, isLocalName, isWithin, placeOf } from '../input/paths.ts';
import { isStatement } from '../metadata.ts';
import type { DedupOptions } from '../options.ts';
import { checkOutputPath } from '../../../output/checkOutputPath.ts';
import { checkReportColumns } from '../../report/checkReportColumns.ts';
import { checkMetadata } from './checkMetadata.ts';
import type { Source } from '../source.ts';

/**
 * Checks the paths before the run creates anything: the metadata must exist, and neither it nor the input may
 * lie in the output folder.
 * @throws NearduckError (IO Error).
 */
export function checkPaths({ input: inputs, output, metadata, against }: DedupOptions): void {
  checkOutputPath(output);
  if (metadata !== undefined) checkMetadataPath(metadata, output, inputs);
  if (against !== undefined && isStatement(against)) checkStatement('against', against, output);
  const folder = placeOf(output);
  const named = (text: string | undefined): string[] =>
    text === undefined || isStatement(text) ? [] : [text];
  const listed = [...inputs, ...named(against)];
  for (const path of [...listed, ...named(metadata)]) {
    const isGlob = hasGlob(path) && !isLocalName(path);
    if (isWithin(placeOf(isGlob ? globRoot(path) : path), folder)) {
      throw ioRefusal(
        `output folder '${output}' contains '${path}', which this run reads; choose another one`,
      );
    }
  }
  for (const path of listed) {
    const deep = hasGlob(path) && !isLocalName(path) && globReaches(path, folder);
    if (deep || isWithin(folder, placeOf(path))) throw isInside(output, `'${path}'`);
  }
}

/** @throws NearduckError (IO Error) when the output lies in a folder that a link of the input leads to. */
function checkFolders({ folders, text }: Input, { output }: DedupOptions): void {
  const place = placeOf(output);
  if (folders.some((folder) => isWithin(place, placeOf(folder)))) throw isInside(output, text);
}

const isInside = (output: string, input: string): Error =>
  ioRefusal(
    `output folder '${output}' is inside ${input}, which is read with all its folders; choose ` +
      'another one with --output',
  );

/** Returns true when a glob may match files that are written to `folder`. */
function globReaches(glob: string, folder: string): boolean {
  const root = globRoot(glob);
  const place = placeOf(root);
  if (!isWithin(folder, place)) return false;
  const patterns = glob
    .slice(root === '.' ? 0 : root.length)
    .split('/')
    .filter(Boolean);
  if (patterns.includes('**')) return true;
  const below = folder.slice(place.length).split('/').filter(Boolean);
  if (patterns.length < below.length + 2) return false;
  return below.every((name, i) => hasGlob(patterns[i]) || patterns[i] === name);
}

function checkMetadataPath(metadata: string, output: string, inputs: readonly string[]): void {
  if (isMissingFile(metadata)) throw ioRefusal(`no such metadata file: '${metadata}'`);
  if (existsSync(metadata) && statSync(metadata).isDirectory() && !inputs.includes(metadata))
    throw ioRefusal(`metadata '${metadata}' is a folder; name its files: '${join(metadata, '*.parquet')}'`);
  checkStatement('metadata', metadata, output);
}

/** @throws NearduckError (IO Error) when files that a statement names lie in the output folder. */
function checkStatement(name: string, statement: string, output: string): void {
  const files = [...statement.matchAll(/'((?:[^']|'')+)'/g)].map(([, path]) => placeOf(path));
  if (files.some((path) => isWithin(path, placeOf(output))))
    throw ioRefusal(`${name} reads from output folder '${output}'; choose another one`);
}

const isMissingFile = (text: string): boolean =>
  /\.(?:parquet|csv|tsv|jsonl?|ndjson)$/i.test(text) &&
  !/[*?[(\s]/.test(text) &&
  !isRemote(text) &&
  !existsSync(text);

/**
 * The input; `named` are the options whose columns it must have.
 * @throws NearduckError (Binder Error) listing its columns when one of them is missing.
 */
async function checkColumns(
  { connection }: Session,
  input: Input,
  options: DedupOptions,
  named: readonly ('id' | 'embedding')[] = ['id', 'embedding'],
): Promise<Relation> {
  const from = fromInput(input);
  const relation: Relation = { text: input.text, from, columns: await columnsOf(connection, from) };
  for (const name of named) {
    if (findColumn(relation, options[name])) continue;
    throw binderRefusal(
      `input ${input.text} has no column ${quotedIdentifier(options[name])}; ` +
        `${columnList(relation)}; name another one with --${name}`,
    );
  }
  if (options.id.toLowerCase() === options.embedding.toLowerCase()) {
    throw binderRefusal(`--id and --embedding are the same column, ${quotedIdentifier(options.id)}`);
  }
  return relation;
}

/**
 * Checks the columns of input and metadata before anything is computed; returns those of the input. @throws
 * NearduckError (Binder Error).
 */
export async function checkSource(
  session: Session,
  input: Input,
  { options, isByPosition, isOwnMetadata }: Source,
  notice: (text: string) => void,
): Promise<Relation> {
  const relation = await checkColumns(session, input, options, isByPosition ? ['embedding'] : undefined);
  const { metadata, id, show } = options;
  await checkReportColumns(session.connection, { metadata, id, show });
  if (!isByPosition && !isOwnMetadata) await checkMetadata(session, relation, options, notice);
  return relation;
}

/**
 * Lists an input, checks that the output is not in one of its folders, and prints which files are ignored.
 * @throws NearduckError (IO Error) as `openInput` and `checkFolders` do.
 */
export async function openChecked(
  connection: DuckDBConnection,
  request: Input['request'],
  options: DedupOptions,
  notice: (text: string) => void,
  signal?: AbortSignal,
): Promise<Input> {
  const listed = await openInput(connection, request, signal);
  checkFolders(listed, options);
  const leftOut = leftOutNotice(listed);
  if (leftOut !== undefined) notice(leftOut);
  return listed;
}

/** The same for the input of a run. */
export const openRunInput = (
  connection: DuckDBConnection,
  options: DedupOptions,
  notice: (text: string) => void,
  signal?: AbortSignal,
): Promise<Input> => {
  const { input: texts, table, array } = options;
  return openChecked(connection, { name: 'input', texts, table, array }, options, notice, signal);
};
