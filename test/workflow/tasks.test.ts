import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownIdentity } from '../../src/output/processIdentity.ts';
import { runHere } from '../cli/runHere.ts';
import { query, temporaryFolder, unfolded } from './clips.ts';
import { expectSameAsDedup, factsOf } from './plannedRun.ts';

test('a run in tasks chooses the overlap that dedup chooses', async () => {
  const folder = temporaryFolder();
  await query(
    `COPY (SELECT i AS id, list_transform(range(8), lambda j: hash(i // 3 * 32 + j) / 1.8e19 - 0.5 + 0.1 * (hash(i * 32 + j) / 1.8e19 - 0.5))::FLOAT[] AS embedding, i % 2 AS part
           FROM range(9000) AS t(i)) TO '${folder}/in' (FORMAT parquet, PARTITION_BY (part))`,
  );
  // A file without rows, which is a task of its own.
  await query(`COPY (FROM '${folder}/in/part=0/*.parquet' LIMIT 0) TO '${folder}/in/part=0/empty.parquet'`);
  // Values in the path of the run are not columns of its files.
  const name = 'a/bucket=7/part=5/aim';
  const { run } = await expectSameAsDedup(folder, name, ['in', '--eps', '0.02', '--backend', 'cpu'], 3);
  expect(factsOf(run)).toMatchObject({
    findings: { clusters: { count: 9 }, overlap: { limit: 4 }, recall: { certainty: 'estimate' } },
    backends: [{ name: 'cpu' }],
  });
  // A last step that was killed after its results were in place.
  mkdirSync(join(run, '.nearduck/tasks/fit'), { recursive: true });
  // It still removes its files, or was killed on another machine.
  const lock = join(run, '.nearduck/lock');
  for (const place of [{}, { boot: 'another' }]) {
    writeFileSync(lock, JSON.stringify({ id: 'first', ...ownIdentity(), ...place }));
    for (const step of [['finish'], []])
      expect(await runHere(['task', run, ...step], '', folder)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/(?:^|\n)finish is done already\n$/) as string,
        stderr: expect.stringMatching(
          /^task: '.*\/\.nearduck' is left in place: IO Error: another run, process \d+ on /,
        ) as string,
      });
  }
  rmSync(lock);
  expect(await runHere(['task', run, 'finish'], '', folder)).toMatchObject({
    code: 0,
    stdout: 'finish is done already\n',
  });
  expect(existsSync(join(run, '.nearduck'))).toBe(false);
  const submit = (...options: string[]) =>
    runHere(['submit', run, '--engine', 'print', ...options], '', folder);
  expect(await submit()).toMatchObject({ code: 0, stdout: 'nothing is missing\n' });
  expect(await submit('--for', 'cluster')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('Allowed choices are kubernetes, aws-batch, xargs') as string,
  });
});

test('a run in tasks with its input as metadata is the run that dedup --resume would do', async () => {
  const folder = temporaryFolder();
  await query(
    `COPY (SELECT i AS id, [1, i]::FLOAT[] AS embedding FROM range(90) AS t(i)) TO '${folder}/in.parquet'`,
  );
  const options = 'in.parquet --metadata in.parquet --eps 0.01 --clusters 4 --backend cpu'.split(' ');
  const { run } = await expectSameAsDedup(folder, 'own', options);
  expect(existsSync(join(run, '.nearduck'))).toBe(false);
});

test('plan refuses to rank by a column that the files of tasks have themselves', async () => {
  const folder = temporaryFolder();
  await query(
    `COPY (SELECT i AS id, [1, i]::FLOAT[] AS embedding, i AS quality, -i AS "Centroid" FROM range(9) AS t(i)) TO '${folder}/in.parquet'`,
  );
  const plan = (rankBy: string, run: string) =>
    runHere(['plan', 'in.parquet', '--tasks', '1', '--rank-by', rankBy, '--output', run], '', folder);
  expect(await plan('quality, id', 'right')).toMatchObject({ code: 0 });
  const { code, stderr } = await plan('-centroid', 'wrong');
  expect({ code, stderr: unfolded(stderr) }).toEqual({
    code: 1,
    stderr:
      "Binder Error: plan: --rank-by '-centroid' uses a column that the files between the steps have themselves (centroid, " +
      'cosine_dist_to_cent, l2_dist_to_cent, clusters, bucket); name it differently, such as in a view of a DuckDB file, or run dedup\n',
  });
});
