import { DuckDBTypeId, quotedIdentifier, quotedString, type DuckDBType } from '@duckdb/node-api';
import { binderError } from '../../errors.ts';
import { columnsOf, findColumn } from '../../relation/relation.ts';
import type { Session } from '../../session/session.ts';
import type { Input } from './input.ts';
import type { DedupOptions } from './options.ts';

interface Side {
  readonly from: string;
  readonly column: string;
  readonly type: DuckDBType;
}

/**
 * Checks before anything is computed that the metadata has the id column, and ids that can be compared with those of the
 * input. @throws NearduckError (Binder Error).
 */
export async function checkMetadata(session: Session, input: Input, options: DedupOptions): Promise<void> {
  const { metadata } = options;
  if (metadata === undefined) return;
  const ours = await side(session, `${input.reader}(${quotedString(input.files)})`, options);
  const theirs = await side(session, metadataFrom(metadata), options);
  const text = [ours, theirs].find(({ type }) => type.typeId === DuckDBTypeId.VARCHAR);
  const other = text === ours ? theirs : ours;
  if (!text || other.type.typeId === DuckDBTypeId.VARCHAR) return;
  const { from, column } = text;
  const [row] = (
    await session.connection.runAndReadAll(
      `SELECT ${column} FROM ${from} WHERE ${column} IS NOT NULL AND TRY_CAST(${column} AS ${other.type.toString()}) IS NULL LIMIT 1`,
    )
  ).getRows();
  if (!row) return;
  throw binderError(
    `dedup: ids of input '${options.input}' are ${ours.type.toString()}, those of metadata '${metadata}' are ` +
      `${theirs.type.toString()}, and ${quotedString(String(row[0]))} is no ${other.type.toString()}; ` +
      `--metadata takes a SELECT too, to make them alike`,
  );
}

async function side({ connection }: Session, from: string, { id, metadata }: DedupOptions): Promise<Side> {
  const columns = await columnsOf(connection, from);
  const found = findColumn({ text: from, from, columns }, id);
  if (found) return { from, column: quotedIdentifier(found.name), type: found.type };
  throw binderError(
    `dedup: metadata '${metadata}' has no column ${quotedIdentifier(id)}; its columns are ` +
      `${[...columns.keys()].map(quotedIdentifier).join(', ')}; --metadata takes a SELECT too, such as ` +
      `"SELECT … AS ${id}, * FROM '${metadata}'"`,
  );
}

/** What `1_join_metadata.sql` and `6_export.sql` make of the text: a statement, a file, or a relation. */
function metadataFrom(text: string): string {
  if (/^\s*(?:FROM|SELECT|WITH)\s/i.test(text)) return `(${text})`;
  const isFile = /\/|\.(?:parquet|csv|tsv|jsonl?|ndjson)$/i.test(text) && !text.includes('(');
  return isFile ? quotedString(text) : text;
}
