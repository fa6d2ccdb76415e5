import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { isHidden, leftOutText } from '../../../../src/cli/dedup/input/listing.ts';
import { walkFolder } from '../../../../src/cli/dedup/input/walkFolder.ts';
import { temporaryFolder } from '../../../workflow/clips.ts';

/** A folder with these files, each of one byte. */
function folderOf(...paths: readonly string[]): string {
  const root = temporaryFolder();
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), 'x');
  }
  return root;
}

/** The files that are read and left out, relative to the folder. */
async function walked(root: string): Promise<{ files: string[]; leftOut: string[] }> {
  const { files, leftOut } = await walkFolder(root);
  const short = (path: string): string => path.slice(root.length + 1);
  return {
    files: files.map(({ path }) => short(path)),
    leftOut: leftOut.map(({ path, reason, readAs }) =>
      [reason, short(path), ...(readAs === undefined ? [] : [short(readAs)])].join(' '),
    ),
  };
}

test('all files of all known formats at any depth, whatever their case', async () => {
  const root = folderOf(
    'b.parquet',
    'A.PARQUET',
    'x/y/c.Parquet',
    'd.ndjson.gz',
    'e.feather',
    'part.parquet/f.parquet',
  );
  expect((await walked(root)).files).toEqual([
    'A.PARQUET',
    'b.parquet',
    'd.ndjson.gz',
    'e.feather',
    'part.parquet/f.parquet',
    'x/y/c.Parquet',
  ]);
});

test('hidden names, other formats and what is no regular file are left out and named', async () => {
  const root = folderOf(
    'a.parquet',
    '_SUCCESS',
    '.a.parquet.crc',
    '_temporary/0/b.parquet',
    '_day=1/c.parquet',
    'notes.txt',
  );
  execFileSync('mkfifo', [join(root, 'pipe.jsonl')]);
  expect(await walked(root)).toEqual({
    files: ['a.parquet', '_day=1/c.parquet'],
    leftOut: [
      'hidden .a.parquet.crc',
      'hidden _SUCCESS',
      'hidden _temporary',
      'format notes.txt',
      'special pipe.jsonl',
    ],
  });
});

test('linked folders and files are read', async () => {
  const root = folderOf('a.parquet');
  const elsewhere = folderOf('b.parquet', 'deep/c.parquet', 'd.data');
  symlinkSync(elsewhere, join(root, 'linked'));
  symlinkSync(join(elsewhere, 'd.data'), join(root, 'd.parquet'));
  expect(await walked(root)).toEqual({
    files: ['a.parquet', 'd.parquet', 'linked/b.parquet', 'linked/deep/c.parquet'],
    leftOut: ['format linked/d.data'],
  });
});

test('links in a loop are entered once', async () => {
  const root = folderOf('deep/a.parquet');
  symlinkSync('.', join(root, 'one'));
  symlinkSync('.', join(root, 'two'));
  symlinkSync('..', join(root, 'deep/up'));
  expect(await walked(root)).toEqual({
    files: ['deep/a.parquet'],
    leftOut: ['again one ', 'again two ', 'again deep/up '],
  });
});

test('a file with two paths is read once, by the one without a link', async () => {
  const root = folderOf('real/a.parquet');
  symlinkSync('real', join(root, 'before'));
  symlinkSync('real/a.parquet', join(root, 'link.parquet'));
  linkSync(join(root, 'real/a.parquet'), join(root, 'real/same.parquet'));
  expect(await walked(root)).toEqual({
    files: ['real/a.parquet'],
    leftOut: [
      'again real/same.parquet real/a.parquet',
      'again before real',
      'again link.parquet real/a.parquet',
    ],
  });
});

test('a link out of the folder and back in reads nothing twice', async () => {
  const root = folderOf('in/a.parquet', 'b.parquet');
  symlinkSync('..', join(root, 'in/out'));
  const { files } = await walkFolder(join(root, 'in'));
  expect(files.map(({ path }) => path)).toEqual([join(root, 'in/a.parquet'), join(root, 'in/out/b.parquet')]);
});

test.each(['nowhere', 'gone.parquet'])('a broken link of a data file is an error: to %s', async (target) => {
  const root = folderOf('a.parquet');
  symlinkSync(target, join(root, 'gone.parquet'));
  await expect(walkFolder(root)).rejects.toThrow(
    `IO Error: '${join(root, 'gone.parquet')}' is a broken link; remove or repair it`,
  );
});

test('any other broken link is named', async () => {
  const root = folderOf('a.parquet');
  symlinkSync('nowhere', join(root, 'latest'));
  expect((await walked(root)).leftOut).toEqual(['broken latest']);
});

test('sizes and times are those of the files', async () => {
  const root = folderOf('a.parquet');
  const { files } = await walkFolder(root);
  expect(files[0].bytes).toBe(1);
  expect(files[0].modified).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  expect(Date.now() - Date.parse(files[0].modified!)).toBeLessThan(60_000);
});

test('names that are no data', () => {
  expect(['_SUCCESS', '.crc', '_a', '_', '__k=v'].map(isHidden)).toEqual([true, true, true, true, false]);
  expect(['_k=v', 'a_b', 'a.b', '.k=v'].map(isHidden)).toEqual([false, false, false, true]);
});

test('what is left out, in words', () => {
  const hidden = ['_a', '_b', '_c', '_d'].map((path) => ({ path, reason: 'hidden' as const }));
  expect(leftOutText([{ path: 'x', reason: 'again', readAs: 'y' }, ...hidden])).toBe(
    `4 whose names begin with . or _ ('_a', '_b', '_c', …), 1 that is read by another path ('x' as 'y')`,
  );
});
