import type { DuckDBConnection } from '@duckdb/node-api';
import { binderRefusal } from '../shell/refusal.ts';
import { firstRow } from '../../queryValues.ts';
import { columnList, findColumn, type Relation } from '../../relation/relation.ts';
import { fromFiles, fromInput } from './input/bindInput.ts';
import type { Input } from './input/input.ts';
import { list } from './input/list.ts';
import { placeOf } from './input/paths.ts';
import { hasGlob, isRemote } from '../../paths.ts';
import { isStatement, metadataColumns, metadataRelation } from './metadata.ts';
import type { DedupOptions } from './options.ts';

/** How the scripts read the input. */
export interface Source {
  /** With the id and the metadata that the scripts are given. */
  readonly options: DedupOptions;
  /** True when the ids are those of the metadata, row by row. */
  readonly isByPosition: boolean;
  /** The column of the metadata with row numbers, if it has one. */
  readonly position?: string;
  /** True when the metadata is the input itself, whose columns need no join. */
  readonly isOwnMetadata: boolean;
  /** The metadata for a command that continues later. */
  readonly laterMetadata?: string;
}

/** The column of NumPy rows, and of metadata that is joined by it. */
const ROW = 'row';

/**
 * Decides where the ids come from. Files and tables have them in a column. For NumPy arrays, they are the ids
 * of the metadata, row by row, or else row numbers. `input` must be bound.
 * @throws NearduckError (Binder Error) when the metadata lacks the id column, or has not one row per
 * embedding.
 */
export async function sourceOf(
  connection: DuckDBConnection,
  input: Input,
  options: DedupOptions,
  notice: (text: string) => void,
): Promise<Source> {
  const { metadata, id } = options;
  const isNumpy = input.reader === 'read_npy';
  const rowIds = isNumpy && id.toLowerCase() === 'id' ? { ...options, id: ROW } : options;
  if (metadata === undefined) return { options: rowIds, isByPosition: false, isOwnMetadata: false };
  if (await isInput(connection, input, metadata)) {
    return {
      options: { ...rowIds, metadata: `FROM ${fromInput(input)}` },
      isByPosition: false,
      isOwnMetadata: true,
      laterMetadata: `FROM ${fromFiles(input)}`,
    };
  }
  const own = {
    options,
    isByPosition: false,
    isOwnMetadata: false,
    laterMetadata: metadataRelation(metadata),
  };
  if (!isNumpy) return own;
  const relation = await metadataColumns(connection, metadata);
  const row = findColumn(relation, ROW)?.name;
  if (id.toLowerCase() !== ROW && findColumn(relation, id))
    return { ...own, isByPosition: true, position: row };
  if (rowIds.id.toLowerCase() !== ROW) {
    throw binderRefusal(
      `neither input ${input.text} nor metadata '${metadata}' has a column "${id}"; ` +
        `${columnList(relation)}; name another one with --id`,
    );
  }
  notice(`metadata '${metadata}' has no column "id"; ids are row numbers, from 0`);
  if (row !== undefined) return { ...own, options: rowIds };
  await checkCounts(connection, input, relation);
  const numbered = `SELECT row_number() OVER () - 1 AS ${ROW}, * FROM ${relation.from}`;
  return { ...own, options: { ...rowIds, metadata: numbered }, laterMetadata: numbered };
}

async function checkCounts(connection: DuckDBConnection, input: Input, metadata: Relation): Promise<void> {
  const [rows, others] = await firstRow(
    connection,
    `SELECT (SELECT count(*) FROM ${fromInput(input)}), (SELECT count(*) FROM ${metadata.from})`,
  );
  if (rows === others) return;
  throw binderRefusal(
    `input ${input.text} has ${rows} rows and metadata '${metadata.text}' ${others}; each ` +
      'embedding needs one row of metadata',
  );
}

/** Returns true when the metadata is the input: the same text, table or files. */
async function isInput(connection: DuckDBConnection, input: Input, metadata: string): Promise<boolean> {
  const { texts, table } = input.request;
  if (texts.length === 1 && texts[0] === metadata) return true;
  if (table !== undefined) {
    const [full, given] = [input.table!, metadata].map((text) => text.replaceAll('"', '').toLowerCase());
    return [full, full.replace('.main.', '.')].some((name) => name === given || name.endsWith(`.${given}`));
  }
  if (isStatement(metadata) || isRemote(metadata)) return false;
  if (!hasGlob(metadata) && input.files.length !== 1) return false;
  const { files } = await list(connection, metadata);
  const places = new Set(input.files.map(({ path }) => placeOf(path)));
  return files.length === places.size && files.every(({ path }) => places.has(placeOf(path)));
}
