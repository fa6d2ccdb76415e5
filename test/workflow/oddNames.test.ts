import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runHere } from '../cli/runHere.ts';
import { query, script, temporaryFolder } from './clips.ts';

const SCRIPTS = [
  '4_choose_eps',
  '4_budget',
  '5_guard',
  'explore_eps',
  '5_identify',
  '6_export',
  '6_cosmos_curate',
];

async function makeRows(folder: string): Promise<void> {
  await query(
    `COPY (SELECT i AS id, [cos(i // 2), sin(i // 2), 1]::FLOAT[] AS embedding, i % 3 AS source FROM range(12) AS t(i))
     TO '${folder}/in.parquet'`,
  );
}

const dedup = (output: string): string[] => ['dedup', 'in.parquet', '--backend', 'cpu', '--output', output];

test('every script reads and writes an output of any name, and metadata too', async () => {
  const folder = temporaryFolder();
  await makeRows(folder);
  expect(await runHere([...dedup('plain'), '--metadata', 'in.parquet'], '', folder)).toMatchObject({
    code: 0,
  });
  for (const name of ['"q".x', 'from (here)\n; -- "a"']) {
    cpSync(join(folder, 'plain'), join(folder, name), { recursive: true });
    // A name that a pattern in place of the quote would match.
    const sibling = name.replaceAll('"', '_');
    if (sibling !== name) mkdirSync(join(folder, sibling, 'pairwise_results'), { recursive: true });
    if (sibling !== name)
      await query(`COPY (SELECT 1 AS x) TO '${folder}/${sibling}/pairwise_results/a.parquet'`);
    const metadata = `${name} (1).parquet`;
    cpSync(join(folder, 'in.parquet'), join(folder, metadata));
    const variables = {
      output: name,
      metadata: `./${metadata}`,
      eps: '0.01',
      drop_share: '0.5',
      group_by: 'source',
      overwrite: 'true',
    };
    const result = await runHere(
      [
        '-bail',
        ...Object.entries(variables).flatMap((pair) => ['-set', pair.join('=')]),
        ...SCRIPTS.flatMap((step) => ['-f', script(step)]),
      ],
      '',
      folder,
    );
    expect({ name, ...result }).toMatchObject({ name, code: 0, stderr: '' });
    expect(existsSync(join(folder, name, 'extraction'))).toBe(true);
  }
  const report = await runHere(
    ['report', '"q".x', '--show', 'source', '--metadata', './"q".x (1).parquet'],
    '',
    folder,
  );
  expect(report).toEqual({ code: 0, stdout: `${join(folder, '"q".x/report.html')}\n`, stderr: '' });
});

test('.. in the name of an output is where the system says', async () => {
  const folder = temporaryFolder();
  await makeRows(folder);
  mkdirSync(join(folder, 'disk/deep'), { recursive: true });
  symlinkSync('disk/deep', join(folder, 'link'));
  for (const [name, place] of [
    ['link/../a', 'disk/a'],
    ['new/none/../b/', 'new/b'],
  ]) {
    expect(await runHere(dedup(name), '', folder)).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(folder, place, 'run.json'))).toBe(true);
    const report = await runHere(['report', name], '', folder);
    expect(report).toMatchObject({ code: 0, stdout: `${join(folder, place, 'report.html')}\n` });
  }
});
