import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { exchangeResults, finishExchanges } from '../../src/output/exchange.ts';
import { resultFiles } from '../../src/output/ownership.ts';
import { writeRunFile, type RunFile } from '../../src/output/runFile.ts';
import { makeWorkspace, type Workspace } from '../../src/output/workspace.ts';

/** Number of changes to the file system before the process is "killed". */
const left = vi.hoisted(() => ({ changes: Infinity }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const killable =
    <A extends unknown[], R>(change: (...args: A) => R) =>
    (...args: A): R => {
      if (left.changes-- <= 0) throw new Error('killed');
      return change(...args);
    };
  return {
    ...fs,
    renameSync: killable(fs.renameSync),
    rmSync: killable(fs.rmSync),
    rmdirSync: killable(fs.rmdirSync),
    writeSync: killable(fs.writeSync as (...args: unknown[]) => number),
  };
});

let output: string;
beforeEach(() => (output = mkdtempSync(join(tmpdir(), 'nearduck-exchange-'))));
afterEach(() => {
  left.changes = Infinity;
  rmSync(output, { recursive: true });
});

function write(folder: string, name: string, content: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

const runOf = (id: string, folder: string, names: readonly string[]): RunFile => ({
  tool: 'nearduck',
  id,
  steps: [],
  files: names.flatMap((name) => resultFiles(folder, name)),
});

/** The contents of all files of the folder, by path. */
function contents(folder: string, path = ''): Record<string, string> {
  return Object.fromEntries(
    readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry) => {
      const name = join(path, entry.name);
      return entry.isDirectory()
        ? Object.entries(contents(folder, name))
        : [[name, readFileSync(join(folder, name), 'utf8')]];
    }),
  );
}

const OLD = {
  'duplicates/data_0.parquet': 'old',
  'deduplicated/data_0.parquet': 'old',
  'kmeans_results/a/0': 'old',
};
// As long as the old ones, so that only the time can differ.
const NEW = { 'duplicates/data_0.parquet': 'new', 'kmeans_results/a/0': 'new', 'kmeans_results/b/0': 'new' };
const FOREIGN = {
  'notes.txt': 'important',
  'duplicates/mine.parquet': 'important',
  'deduplicated/x/y': 'important',
};

/** An output folder with the results of one run, new results that will replace them, and foreign files. */
function prepare(): { workspace: Workspace; before: RunFile; run: RunFile } {
  for (const [name, content] of Object.entries(OLD)) write(output, name, content);
  const before = runOf('before', output, ['duplicates', 'deduplicated', 'kmeans_results']);
  writeRunFile(output, before);
  for (const [name, content] of Object.entries(FOREIGN)) write(output, name, content);
  const workspace = makeWorkspace(output, 'after', 'run');
  for (const [name, content] of Object.entries(NEW)) write(workspace.fresh, name, content);
  return { workspace, before, run: runOf('after', workspace.fresh, ['duplicates', 'kmeans_results']) };
}

const exchange = ({ before, run }: { before: RunFile; run: RunFile }) => ({
  place: ['duplicates', 'kmeans_results'],
  retire: ['deduplicated'],
  owned: before.files,
  run,
});

const KEPT = {
  'notes.txt': 'important',
  'duplicates.kept-after/mine.parquet': 'important',
  'deduplicated.kept-after/x/y': 'important',
};

const expectNew = (run: RunFile): void => {
  const { 'run.json': text, ...files } = contents(output);
  expect(files).toEqual({ ...NEW, ...KEPT });
  expect(JSON.parse(text)).toEqual(run);
};

describe('an exchange of results', () => {
  test('replaces what is nearduck’s, and keeps what is not', () => {
    const { workspace, ...runs } = prepare();
    const kept = exchangeResults(output, workspace, exchange(runs));
    expect(kept.sort()).toEqual(
      ['deduplicated.kept-after', 'duplicates.kept-after'].map((name) => join(output, name)),
    );
    expectNew(runs.run);
    expect(readdirSync(join(output, '.nearduck'))).toEqual([]);
  });

  test('keeps links that lead nowhere, in a result and in its place', () => {
    const { workspace, ...runs } = prepare();
    rmSync(join(output, 'duplicates/data_0.parquet'));
    symlinkSync('nowhere', join(output, 'duplicates/data_0.parquet'));
    rmSync(join(output, 'kmeans_results'), { recursive: true });
    symlinkSync('nowhere', join(output, 'kmeans_results'));
    exchangeResults(output, workspace, exchange(runs));
    for (const name of ['duplicates.kept-after/data_0.parquet', 'kmeans_results.kept-after']) {
      expect(readlinkSync(join(output, name))).toBe('nowhere');
      rmSync(join(output, name));
    }
    expectNew(runs.run);
  });

  test('cut off after any number of changes, and once more while it is being finished, it is done or has not begun', () => {
    /** Runs `body` until it has made `changes` changes. Returns false when it was killed before its end. */
    const attempt = (changes: number, body: () => unknown): boolean => {
      left.changes = changes;
      try {
        body();
        return true;
      } catch (error) {
        if ((error as Error).message === 'killed') return false;
        throw error;
      } finally {
        left.changes = Infinity;
      }
    };
    const outcomes: string[] = [];
    for (let changes = 0, done = false; !done; changes++) {
      for (const again of [0, 1, 3, Infinity]) {
        rmSync(output, { recursive: true });
        mkdirSync(output);
        const { workspace, ...runs } = prepare();
        done = attempt(changes, () => exchangeResults(output, workspace, exchange(runs)));
        attempt(again, () => finishExchanges(output));
        finishExchanges(output);
        const { 'run.json': text, ...files } = contents(output);
        const isNew = (JSON.parse(text) as RunFile).id === 'after';
        expect({ files, run: JSON.parse(text) }).toEqual(
          isNew
            ? { files: { ...NEW, ...KEPT }, run: runs.run }
            : { files: { ...OLD, ...FOREIGN }, run: runs.before },
        );
        outcomes.push(isNew ? 'new' : 'old');
      }
    }
    // Both outcomes occur, old results only before new ones.
    expect(outcomes.join(' ')).toMatch(/^(?:old )+(?:new ?)+$/);
  });

  test('a workspace of a process that is at work is left alone, and so is what only looks like one', () => {
    makeWorkspace(output, 'working', 'step');
    write(output, '.nearduck/mine/owner.json', '{"id": "other", "kind": "run"}');
    write(output, '.nearduck/photos/1.jpg', 'important');
    expect(finishExchanges(output)).toEqual([]);
    expect(readdirSync(join(output, '.nearduck')).sort()).toEqual(['mine', 'photos', 'working']);
  });

  test('a workspace whose process was killed before its owner was written is removed, unless it holds more', () => {
    const at = (name: string): string => join(output, '.nearduck', name);
    mkdirSync(at('20260101T000000-00000000000a'), { recursive: true });
    write(output, '.nearduck/20260101T000000-00000000000b/owner.json', '{"id": "2026');
    write(output, '.nearduck/20260101T000000-00000000000c/notes.txt', 'important');
    expect(finishExchanges(output)).toEqual([]);
    expect(readdirSync(join(output, '.nearduck'))).toEqual(['20260101T000000-00000000000c']);
  });
});
