import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JS } from '@duckdb/node-api';
import { onTestFinished } from 'vitest';
import { Session } from '../../src/session/session.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/clips/${name}`, import.meta.url));

/** A folder of Parquet files with `id` and `embedding`. */
export const clips = fixture('ce1_embd_parquet');
export const clipFiles = join(clips, '*.parquet');
export const metadata = fixture('clips_meta.parquet');
export const truth = fixture('truth.parquet');
export const fixtureReadme = fixture('README.md');

/** Rows of the fixture. */
export const CLIPS = 1371;
/** Rows of the fixture that are near-duplicates of another. */
export const COPIES = 604;

/** The path of a workflow script. */
export const script = (name: string): string =>
  fileURLToPath(new URL(`../../sql/${name}.sql`, import.meta.url));

/** An empty folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nearduck-workflow-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A session that computes on the CPU, closed with the test. */
export async function openSession(): Promise<Session> {
  const session = await Session.open({ backend: 'cpu' });
  onTestFinished(() => session.close());
  return session;
}

export type Row = Readonly<Record<string, JS>>;

let shared: Promise<Session> | undefined;

/** A session that reads every file anew, even one that was replaced by another of the same size. */
async function openShared(): Promise<Session> {
  const session = await Session.open({ backend: 'cpu' });
  await session.connection.run('SET enable_external_file_cache = false');
  return session;
}

const LEFT = `SELECT format('DROP TABLE "{}"', table_name) AS drop FROM duckdb_tables() WHERE NOT temporary
  UNION ALL SELECT format('DROP VIEW "{}"', view_name) FROM duckdb_views() WHERE NOT temporary AND NOT internal`;

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs statements, and returns the last one's rows. All calls share a session, which ends with the process, but
 * the tables and views of a call end with it.
 */
export function query(sql: string): Promise<Row[]> {
  const run = last.then(async () => {
    const session = await (shared ??= openShared());
    try {
      return await rows(session, sql);
    } finally {
      for (const { drop } of await rows(session, LEFT)) await session.connection.run(String(drop));
    }
  });
  last = run.catch(() => {});
  return run;
}

export async function rows({ connection }: Session, sql: string): Promise<Row[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJS();
}

/** `{ column: TYPE }` of a relation. */
export async function columns(relation: string): Promise<Record<string, string>> {
  const described = await query(`SELECT column_name, column_type FROM (DESCRIBE FROM ${relation})`);
  return Object.fromEntries(described.map((row) => [String(row.column_name), String(row.column_type)]));
}

/** Rows of a relation. */
export const count = async (relation: string): Promise<number> =>
  Number((await query(`SELECT count(*) AS n FROM ${relation}`))[0].n);

/** Files and folders of a folder, sorted; the folder is also the home, where drivers leave a `.cache`. */
export const list = (...path: string[]): string[] =>
  readdirSync(join(...path))
    .filter((name) => name !== '.cache')
    .sort();

/** A summary of dedup with its folded lines joined again. */
export const unfolded = (text: string): string => text.replaceAll(/ \\\n +|\n {12}/g, ' ');
