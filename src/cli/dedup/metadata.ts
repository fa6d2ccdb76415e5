import { statSync } from 'node:fs';
import { quotedString } from '@duckdb/node-api';
import { isLocalName, readableName } from './input/paths.ts';

/** A path that the macro from_text takes for a file, and DuckDB for a name. */
const PLAIN = /^[^*?[(~]*\.(?:parquet|csv|tsv|jsonl?|ndjson)$/i;

/** Whether `--metadata` is a statement, by the rule of the macro from_text. */
export const isStatement = (metadata: string): boolean => /^\s*(?:FROM|SELECT|WITH)\s/i.test(metadata);

/** `--metadata` as the scripts take it: a file that is there by that exact name becomes a statement that reads it alone. */
export function metadataRelation(metadata: string): string;
export function metadataRelation(metadata: string | undefined): string | undefined;
export function metadataRelation(metadata: string | undefined): string | undefined {
  if (metadata === undefined || PLAIN.test(metadata)) return metadata;
  if (!isLocalName(metadata) || !statSync(metadata).isFile()) return metadata;
  return `FROM ${quotedString(readableName(metadata))}`;
}
