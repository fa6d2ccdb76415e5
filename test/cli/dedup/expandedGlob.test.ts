import { expect, test } from 'vitest';
import { expandedGlob, expandedGlobText } from '../../../src/cli/dedup/expandedGlob.ts';

test.each([
  [['in.parquet', '--metadata', 'a.parquet', 'b.parquet', 'c.parquet'], true],
  [['in.parquet', '--eps', '0', '--metadata', 'm/a.parquet', 'm/b.parquet', '--seed', '1'], true],
  [['--metadata', 'a.parquet', 'b.parquet', 'c.parquet'], false],
  [['--output', 'a.parquet', 'b.parquet', 'c.parquet'], false],
  // A command line that users write.
  [['--metadata', 'meta.parquet', 'clips.parquet'], undefined],
  [['--metadata', 'a.parquet', 'b.parquet'], undefined],
  [['--metadata', 'meta/a.parquet', 'b.parquet', 'c.parquet'], undefined],
  [['a.parquet', 'b.parquet', '--metadata', 'c.parquet'], undefined],
  [['--output', 'out', 'a.parquet', 'b.parquet'], undefined],
  [['--metadata', 'a.csv', '--output', 'out', 'b.csv', 'c.csv'], undefined],
  [['a.parquet', '--metadata'], undefined],
])('%j', (args, isCertain) => {
  const values = ['--metadata', '--output', '--eps', '--seed'];
  const inputs = args.filter((word, i) => !word.startsWith('--') && !values.includes(args[i - 1]));
  expect(expandedGlob(args, inputs)?.isCertain).toBe(isCertain);
});

test('the hint quotes the glob', () => {
  const args = ['in', '--metadata', 'm/a.parquet', 'm/b.parquet', 'm/c.parquet', 'm/d.parquet'];
  expect(expandedGlobText(expandedGlob(args, ['in', ...args.slice(3)])!)).toBe(
    `--metadata takes 'm/a.parquet', and 'm/b.parquet', 'm/c.parquet', … after it are read as input: if a shell has expanded a glob, quote it: --metadata 'm/*.parquet'`,
  );
});
