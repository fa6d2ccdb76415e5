import { statSync } from 'node:fs';
import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { oneValue } from '../../queryValues.ts';
import { columnsOf, type Relation } from '../../relation/relation.ts';
import { isLocalName, readableName } from './input/paths.ts';

/** A path that the macro from_text takes as a file, and DuckDB as a name. */
const PLAIN = /^[^*?[(~]*\.(?:parquet|csv|tsv|jsonl?|ndjson)$/i;

/** Returns true when `--metadata` is a statement, by the rule of the macro from_text. */
export const isStatement = (metadata: string): boolean => /^\s*(?:FROM|SELECT|WITH)\s/i.test(metadata);

/** `--metadata` as the scripts take it. An existing file becomes a statement that reads exactly that file. */
export function metadataRelation(metadata: string): string;
export function metadataRelation(metadata: string | undefined): string | undefined;
export function metadataRelation(metadata: string | undefined): string | undefined {
  if (metadata === undefined || PLAIN.test(metadata)) return metadata;
  if (!isLocalName(metadata) || !statSync(metadata).isFile()) return metadata;
  return `FROM ${quotedString(readableName(metadata))}`;
}

/** A file, relation or statement as text for the macro from_text, and its columns. */
export async function relationOf(connection: DuckDBConnection, text: string): Promise<Relation> {
  const from = String(await oneValue(connection, `SELECT from_text(${quotedString(text)})`));
  return { text, from, columns: await columnsOf(connection, from) };
}

/** The source of `--metadata`, and its columns. */
export const metadataColumns = async (connection: DuckDBConnection, metadata: string): Promise<Relation> => ({
  ...(await relationOf(connection, metadataRelation(metadata))),
  text: metadata,
});
