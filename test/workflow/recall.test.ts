import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runHere } from '../cli/runHere.ts';
import { clipFiles, clips, query, script, temporaryFolder } from './clips.ts';

const dedup = (folder: string, ...options: string[]) =>
  runHere(['dedup', clips, '--output', 'out', '--backend', 'cpu', '--rank-by', 'id', ...options], '', folder);

/** Ids that a run drops. */
const dropped = (folder: string): Promise<unknown> => query(`FROM '${folder}/out/duplicates/*.parquet'`);

/** Ids of the duplicates in a result of pairwise. */
const duplicates = (pairs: string, eps: number): Promise<readonly unknown[]> =>
  query(
    `SELECT id FROM ${pairs} WHERE cosine_sim_score::DOUBLE >= 1::DOUBLE - ${eps}::DOUBLE AND cosine_sim_score > 0 ORDER BY id`,
  );

/** Ids that brute force drops. */
const all = (eps: number): Promise<readonly unknown[]> =>
  duplicates(`pairwise('FROM ''${clipFiles}''', cluster := NULL, rank_by := 'id', backend := 'cpu')`, eps);

interface Findings {
  readonly overlap?: { distance: number; limit: number; memberships: number; pairs: number };
  readonly recall?: { certainty: string; recall?: number; low?: number; high?: number; rowsChecked?: number };
  readonly duplicates?: number;
}

const findings = (folder: string): Findings =>
  (JSON.parse(readFileSync(join(folder, 'out/run.json'), 'utf8')) as { findings: Findings }).findings;

test('clusters that are asked for do not overlap, and the share found is printed', async () => {
  const folder = temporaryFolder();
  const { code, stdout, stderr } = await dedup(folder, '--clusters', '12', '--eps', '0.005');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const found = await duplicates(
    `kmeans_pairwise('FROM ''${clipFiles}''', 12, rank_by := 'id', backend := 'cpu')`,
    0.005,
  );
  expect(await dropped(folder)).toEqual(found);
  expect(stdout).not.toMatch(/^overlap/m);
  const share = found.length / (await all(0.005)).length;
  // All rows are checked, so the estimate is exact.
  const printed = share.toFixed(3);
  expect(stdout).toMatch(
    new RegExp(`^recall +${printed} of all duplicates \\(95 %: ${printed} to ${printed}\\), from `, 'm'),
  );
  expect(findings(folder).recall).toMatchObject({
    certainty: 'estimate',
    recall: share,
    low: share,
    high: share,
  });
  expect(share).toBeLessThan(0.97);
});

test('--overlap finds more, and says what it costs', async () => {
  const folder = temporaryFolder();
  const options = ['--clusters', '12', '--eps', '0.005', '--overlap', '0.03', '--memberships', '3'];
  const { code, stdout, stderr } = await dedup(folder, ...options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^overlap +0\.0300: 1\.\d\d clusters per row \(3 at most\), [12]\.\d times the pairs$/m,
  );
  const { overlap, recall } = findings(folder);
  expect(overlap).toMatchObject({ distance: 0.03, limit: 3 });
  expect(recall!.recall).toBeGreaterThan(0.98);
});

test('--recall 1 misses nothing', async () => {
  const folder = temporaryFolder();
  const { code, stdout } = await dedup(folder, '--clusters', '12', '--eps', '0.01', '--recall', '1');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^recall +complete: no pair of rows within eps can be missed$/m);
  expect(await dropped(folder)).toEqual(await all(0.01));
  expect(findings(folder).recall).toEqual({ certainty: 'complete' });
});

test('--recall chooses an overlap', async () => {
  const folder = temporaryFolder();
  const { code, stdout, stderr } = await dedup(
    folder,
    '--clusters',
    '12',
    '--eps',
    '0.02',
    '--recall',
    '0.98',
  );
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^kmeans_pairwise: recall 0\.98 at eps 0\.02: overlap 0\.0\d+, 1\.\d+ clusters per row \(4 at most\), \d\.\d times the pairs of rows\n$/,
  );
  expect(stdout).toMatch(/^overlap +0\.0/m);
  const { recall, overlap } = findings(folder);
  expect(recall!.recall).toBeGreaterThanOrEqual(0.98);
  // At most the overlap that misses nothing.
  expect(overlap!.distance).toBeLessThan(Math.sqrt(0.02 / 2));
});

test('few rows are compared with each other unless clusters are asked for', async () => {
  const folder = temporaryFolder();
  const { code, stdout, stderr } = await dedup(folder, '--eps', '0.02');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^clusters +1, /m);
  expect(stdout).toMatch(/^recall +exact: all rows were compared with each other$/m);
  expect(await dropped(folder)).toEqual(await all(0.02));
  expect(findings(folder)).toMatchObject({ recall: { certainty: 'exact' } });
});

test('without --eps the curve has the share found; 5_recall goes on from the files', async () => {
  const folder = temporaryFolder();
  const { code, stdout } = await dedup(folder, '--clusters', '12');
  expect(code).toBe(0);
  const [, found, recall] = /│ +0\.01 │ +(\d+) │ +[\d.]+ │ +([\d.]+) │ +([\d.]+) │/.exec(stdout)!;
  expect(Number(recall)).toBeCloseTo(Number(found) / (await all(0.01)).length, 4);
  const again = await runHere(
    ['-csv', '-set', 'output=out', '-set', 'eps=0.01', '-f', script('5_recall')],
    '',
    folder,
  );
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toMatch(
    new RegExp(`^eps,duplicates,recall,recall_low,recall_high,rows_checked\n0\\.01,${found},0\\.\\d+,`),
  );
});

test('5_recall reads the embeddings where no rows were checked', async () => {
  const folder = temporaryFolder();
  const set = (name: string, value: string): string[] => ['-set', `${name}=${value}`];
  const { code, stdout, stderr } = await runHere(
    [
      '-csv',
      ...set('input', clipFiles),
      ...set('clusters', '12'),
      ...set('eps', '0.005'),
      ...['1_load', '2_kmeans', '3_pairwise', '5_recall'].flatMap((name) => ['-f', script(name)]),
    ],
    '',
    folder,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^eps,[a-z_,]+\n0\.005,\d+,0\.9\d+,0\.9\d+,0\.9\d+,\d+\n$/);
});
