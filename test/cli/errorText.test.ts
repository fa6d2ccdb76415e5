import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { withDedupOptions } from '../../src/cli/dedup/advice.ts';
import { runScript } from './inProcess.ts';

/** A database file that claims a later storage version, with a valid checksum of its header. */
async function fileOfVersion(version: number): Promise<string> {
  const path = join(mkdtempSync(join(tmpdir(), 'nearduck-version-')), 'newer.duckdb');
  const instance = await DuckDBInstance.create(path);
  instance.closeSync();
  const bytes = readFileSync(path);
  bytes.writeBigUInt64LE(BigInt(version), 12);
  let checksum = 5381n;
  for (let at = 8; at < 4096; at += 8)
    checksum ^= BigInt.asUintN(64, bytes.readBigUInt64LE(at) * 0xbf58476d1ce4e5b9n);
  bytes.writeBigUInt64LE(checksum, 0);
  writeFileSync(path, bytes);
  return path;
}

test('a file of a newer DuckDB has a remedy, one of an older DuckDB has DuckDB’s own', async () => {
  const newer = await runScript(`.open ${await fileOfVersion(69)}`);
  expect(newer.stderr).toMatch(/^IO Error: Trying to read a database file with version number 69, but/);
  expect(newer.stderr).toContain(
    `A newer DuckDB wrote the file. With that one, write a copy that can be read here:\n` +
      `ATTACH 'copy.duckdb' AS copy (STORAGE_VERSION 'v1.5.0'); COPY FROM DATABASE original TO copy;\n`,
  );
  const older = await runScript(`.open ${await fileOfVersion(63)}`);
  expect(older.stderr).toContain('with version number 63');
  expect(older.stderr).not.toContain('A newer DuckDB wrote the file.');
});

describe('withDedupOptions', () => {
  const advice = (reader: string): string =>
    `\n\ndedup has no option for this: write the files to one Parquet file first, ` +
    `with nearduck -c "COPY (FROM ${reader}) TO 'input.parquet'"`;

  test('names the options of dedup in place of settings, and leaves out what it has none for', () => {
    const advice = `Out of Memory Error: failed to allocate data of size 16.0 MiB (9.0 MiB/10.0 MiB used)
Possible solutions:
* Reducing the number of threads (SET threads=X)
* Disabling insertion-order preservation (SET preserve_insertion_order=false)
* Increasing the memory limit (SET memory_limit='...GB')

See also https://duckdb.org/docs/stable/guides/performance/how_to_tune_workloads`;
    expect(withDedupOptions(advice, false))
      .toBe(`Out of Memory Error: failed to allocate data of size 16.0 MiB (9.0 MiB/10.0 MiB used)
Possible solutions:
* Reducing the number of threads (--threads N)
* Increasing the memory limit (--memory-limit SIZE)`);
  });

  test.each([
    `Invalid Input Error: "maximum_object_size" of 16777216 bytes exceeded while reading file "a.json" (>16777217 bytes).\n Try increasing "maximum_object_size".`,
    `Invalid Input Error: Malformed JSON. Try setting 'auto_detect' to true, specifying 'format' or 'records' manually, or setting 'ignore_errors' to true.`,
  ])('says what to do about options of the readers: %s', (text) => {
    expect(withDedupOptions(text, false)).toBe(text + advice(`read_json('…', …)`));
  });

  test.each(['parquet', 'json'])('names the reader that unites columns: %s', (format) => {
    const text = `Invalid Input Error: schema mismatch in "a.${format}"\n* Consider setting union_by_name=true.`;
    expect(withDedupOptions(text, false)).toBe(text + advice(`read_${format}('…', union_by_name := true)`));
  });

  test('other errors stay as they are', () => {
    const text = `Binder Error: dedup: the format of 'x' is unknown; records are missing`;
    expect(withDedupOptions(text, false)).toBe(text);
  });

  test('an unknown column to rank or protect by may be one of the metadata', () => {
    const text = `Binder Error: kmeans_pairwise: --rank-by 'bytes DESC': Referenced column "bytes" not found in FROM clause!`;
    const hint = '\n\nIf the column is in another file or table, name that with --metadata.';
    expect(withDedupOptions(text, false)).toBe(text + hint);
    expect(withDedupOptions(text, true)).toBe(text);
  });
});
