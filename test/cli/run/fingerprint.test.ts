import { expect, test } from 'vitest';
import { differenceBetween, type Fingerprint } from '../../../src/cli/run/fingerprint.ts';

const run: Fingerprint = {
  version: '1.0.0',
  layout: 2,
  parameters: { eps: 0.1, seed: 42 },
  files: [{ path: 'a.parquet', bytes: 10, modified: '2026-01-01T00:00:00Z' }],
};

test.each<[string, Partial<Fingerprint>, string | undefined]>([
  ['nothing', {}, undefined],
  ['the version', { version: '1.1.0' }, 'it is of nearduck 1.0.0, this is 1.1.0'],
  ['the layout', { layout: 3 }, 'it is of another build of nearduck, whose files differ'],
  ['an option', { parameters: { eps: 0.2, seed: 42 } }, 'it has --eps 0.1, this run has --eps 0.2'],
  [
    'an option more',
    { parameters: { eps: 0.1, seed: 42, rank_by: 'bytes DESC' } },
    'it has no --rank-by, this run has --rank-by "bytes DESC"',
  ],
  ['an option less', { parameters: { eps: 0.1 } }, 'it has --seed 42, this run has no --seed'],
  ['null', { parameters: { ...run.parameters, seed: null } }, 'it has --seed 42, this run has no --seed'],
  ['an option that is null', { parameters: { ...run.parameters, table: null } }, undefined],
  ['a file less', { files: [] }, "its input is another one: 'a.parquet' was removed"],
  [
    'a file',
    { files: [{ path: 'a.parquet', bytes: 12, modified: '2026-01-01T00:00:00Z' }] },
    "its input is another one: 'a.parquet' grew from 10 to 12 bytes",
  ],
])('a difference has a name: %s', (_, change, difference) => {
  expect(differenceBetween(run, { ...run, ...change })).toBe(difference);
});
