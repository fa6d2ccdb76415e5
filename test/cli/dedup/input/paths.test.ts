import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { literalPath } from '../../../../src/paths.ts';
import { globRoot, isWithin, placeOf } from '../../../../src/cli/dedup/input/paths.ts';
import { query, temporaryFolder } from '../../../workflow/clips.ts';

test.each([
  ['a/run[1]*?.parquet', 'a/run[[]1][*][?].parquet'],
  ['s3://b/run[1]*.parquet?s3_region=x', 's3://b/run[[]1][*].parquet?s3_region=x'],
  ['plain', 'plain'],
])('%s as a pattern that only it matches, here and in SQL', async (path, literal) => {
  expect(literalPath(path)).toBe(literal);
  expect(await query(`SELECT literal_path('${path}') AS path`)).toEqual([{ path: literal }]);
});

test('nothing in a web address is a wildcard', () => {
  expect(literalPath('https://host/a[1].parquet?b=*')).toBe('https://host/a[1].parquet?b=*');
});

test.each([
  ['a/b/*.parquet', 'a/b'],
  ['a/b*/c.parquet', 'a'],
  ['*.parquet', '.'],
  ['/*/x.parquet', '/'],
  ['s3://b/p/[ab]/*.parquet', 's3://b/p'],
])('the matches of %s lie in %s', (glob, root) => expect(globRoot(glob)).toBe(root));

describe('places', () => {
  test('links are followed, as far as the path exists', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    expect(isWithin(placeOf(join(folder, 'link/new/out')), placeOf(join(folder, 'real')))).toBe(true);
    expect(isWithin(placeOf(join(folder, 'really')), placeOf(join(folder, 'real')))).toBe(false);
  });

  test('.. leads out of where a link leads, and takes back a name that is not there', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real/deep'), { recursive: true });
    symlinkSync('real/deep', join(folder, 'link'));
    const real = placeOf(join(folder, 'real'));
    expect(placeOf(`${folder}/link/../new/`)).toBe(join(real, 'new'));
    expect(placeOf(`${folder}/nowhere/.././real//deep/..`)).toBe(real);
    expect(placeOf('/../..')).toBe('/');
  });

  test('s3a:// is s3://', () => {
    expect(isWithin(placeOf('s3a://b/in/out/'), placeOf('s3://b/in/'))).toBe(true);
    expect(isWithin(placeOf('s3://b/input'), placeOf('s3://b/in'))).toBe(false);
  });

  test('everything is below the root', () => expect(isWithin('/a', '/')).toBe(true));
});
