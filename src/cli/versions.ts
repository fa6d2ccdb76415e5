import { readFile } from 'node:fs/promises';
import duckdb from '@duckdb/node-bindings';

/** The version in the package.json of nearduck. */
export async function nearduckVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** `nearduck v0.1.0 (DuckDB v1.5.6)` */
export async function versionText(): Promise<string> {
  return `nearduck v${await nearduckVersion()} (DuckDB ${duckdb.library_version()})`;
}
