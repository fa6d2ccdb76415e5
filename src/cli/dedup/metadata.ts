import { statSync } from 'node:fs';
import { quotedString } from '@duckdb/node-api';
import { isLocalName, literalPath } from './input/paths.ts';

/** A path that the macro from_text takes for a file, and DuckDB for a name. */
const PLAIN = /^[^*?[(~]*\.(?:parquet|csv|tsv|jsonl?|ndjson)$/i;

/** `--metadata` as the scripts take it: a file that is there by that exact name becomes a statement that reads it alone. */
export function metadataRelation(metadata: string): string;
export function metadataRelation(metadata: string | undefined): string | undefined;
export function metadataRelation(metadata: string | undefined): string | undefined {
  if (metadata === undefined || PLAIN.test(metadata)) return metadata;
  if (!isLocalName(metadata) || !statSync(metadata).isFile()) return metadata;
  return `FROM ${quotedString(literalPath(metadata))}`;
}
