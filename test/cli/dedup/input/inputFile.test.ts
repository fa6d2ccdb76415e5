import { expect, test } from 'vitest';
import { changesBetween, type InputFile } from '../../../../src/cli/dedup/input/inputFile.ts';

const file = (path: string, bytes = 1, modified?: string): InputFile => ({
  path,
  bytes,
  ...(modified && { modified }),
});

test('the same files are no change, in any order', () => {
  expect(changesBetween([file('a'), file('b', 2, 't')], [file('b', 2, 't'), file('a')])).toEqual([]);
});

test('each kind of change is told', () => {
  const before = [file('a'), file('b', 1000), file('c', 3000), file('d', 1, 't')];
  const after = [file('b', 2000), file('c', 5), file('d', 1, 'u'), file('e')];
  expect(changesBetween(before, after)).toEqual([
    { path: 'a', change: 'was removed' },
    { path: 'b', change: 'grew from 1,000 to 2,000 bytes' },
    { path: 'c', change: 'shrank from 3,000 to 5 bytes' },
    { path: 'd', change: 'was modified at u' },
    { path: 'e', change: 'was added' },
  ]);
});

test('files are plain JSON', () => {
  const files = [file('a', 1, 't'), file('b')];
  expect(JSON.parse(JSON.stringify(files))).toEqual(files);
});
