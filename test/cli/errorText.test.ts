import { describe, expect, test } from 'vitest';
import { withDedupOptions } from '../../src/cli/dedup/advice.ts';
import { errorText } from '../../src/cli/shell/errorText.ts';

test('the version of a file of a newer DuckDB has a remedy', () => {
  const message = (version: number): string =>
    `IO Error: Trying to read a database file with version number ${version}, but we can only read versions between 64 and 68.`;
  expect(errorText(new Error(message(69)))).toBe(
    `${message(69)}\n\nA newer DuckDB wrote the file. With that one, write a copy that can be read here:\n` +
      `ATTACH 'copy.duckdb' AS copy (STORAGE_VERSION 'v1.5.0'); COPY FROM DATABASE original TO copy;`,
  );
  expect(errorText(new Error(message(63)))).toBe(message(63));
});

describe('asAdvice', () => {
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
    `Invalid Input Error: schema mismatch\n* Consider setting union_by_name=true.`,
  ])('says what to do about options of the readers: %s', (text) => {
    expect(withDedupOptions(text, false)).toBe(
      `${text}\n\ndedup has no option for this: write the files to Parquet first, ` +
        `with nearduck -c "COPY (FROM read_json('…', …)) TO 'input.parquet'"`,
    );
  });

  test('other errors stay as they are', () => {
    const text = `Binder Error: dedup: the format of 'x' is unknown; records are missing`;
    expect(withDedupOptions(text, false)).toBe(text);
  });

  test('an unknown column to rank or protect by may be one of the metadata', () => {
    const text = `Binder Error: kmeans_pairwise: rank_by 'bytes DESC': Referenced column "bytes" not found in FROM clause!`;
    const hint = '\n\nIf the column is in another file or table, name that with --metadata.';
    expect(withDedupOptions(text, false)).toBe(text + hint);
    expect(withDedupOptions(text, true)).toBe(text);
  });
});
