import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../cli/runCli.ts';
import { clips, metadata, query, script, temporaryFolder, unfolded } from './clips.ts';

const dedup = (folder: string, ...options: string[]) =>
  runCli(['dedup', clips, '--output', 'out', '--backend', 'cpu', '--clusters', '20', ...options], '', folder);

/** Number of rows that a run drops. */
async function dropped(folder: string): Promise<number> {
  return Number((await query(`SELECT count(*) AS n FROM '${folder}/out/duplicates/*.parquet'`))[0].n);
}

interface Run {
  readonly findings: { readonly eps: number; readonly recall: { readonly certainty: string } };
}

const findings = (folder: string): Run['findings'] =>
  (JSON.parse(readFileSync(join(folder, 'out/run.json'), 'utf8')) as Run).findings;

describe('a budget in place of --eps', () => {
  test('--keep-rows and --drop-share drop what they allow, and name the eps', async () => {
    const folder = temporaryFolder();
    const kept = await dedup(folder, '--keep-rows', '1000');
    expect({ code: kept.code, stderr: kept.stderr }).toEqual({ code: 0, stderr: '' });
    // The clips have no equal scores there.
    expect(await dropped(folder)).toBe(371);
    const { eps, recall } = findings(folder);
    expect(kept.stdout).toContain(
      `\nduplicates  371 (27.1 %) at eps ${Number(eps.toPrecision(6))}, the largest for --keep-rows 1000\n`,
    );
    expect(recall.certainty).toBe('estimate');
    expect(kept.stdout).toMatch(/^recall +0\.9\d+ of all duplicates/m);
    const share = await dedup(folder, '--drop-share', '0.1', '--overwrite');
    expect(share.stdout).toContain('duplicates  137 (10.0 %) at eps 0.000');
    expect(await dropped(folder)).toBe(137);
  });

  test('goes with --layout, whose folder has the eps, and with --rule chain', async () => {
    const folder = temporaryFolder();
    const more = ['--keep-rows', '1000', '--layout', 'cosmos-curate', '--rule', 'chain'];
    const { code, stderr } = await dedup(folder, ...more);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const name = `unique_ids_${Number(findings(folder).eps.toFixed(5))}.parquet`;
    expect(readdirSync(join(folder, 'out/extraction'))).toContain(name);
    const [{ n }] = await query(`SELECT count(*) AS n FROM '${folder}/out/extraction/${name}/*.parquet'`);
    expect(n).toBe(371n);
  });

  test('--recall 1 is a promise up to eps 0.1', async () => {
    const folder = temporaryFolder();
    await dedup(folder, '--drop-share', '0.2', '--recall', '1');
    expect(findings(folder).recall.certainty).toMatch(/complete|exact/);
  });

  test('exact copies go at any eps, and the summary says so', async () => {
    const folder = temporaryFolder();
    await query(
      `COPY (SELECT i AS id, [1 + i // 2, 1]::FLOAT[] AS embedding FROM range(8) AS t(i)) TO '${folder}/in.parquet'`,
    );
    const run = async (...budget: string[]): Promise<string> =>
      unfolded(
        (await runCli(['dedup', 'in.parquet', '--output', 'out', '--overwrite', ...budget], '', folder))
          .stdout,
      );
    expect(await run('--drop-share', '0.1')).toContain(
      'duplicates  4 (50.0 %) at eps 0: exact copies, which are more than --drop-share 0.1 allows\n',
    );
    expect(await run('--keep-rows', '5')).toContain(
      'at eps 0: exact copies, which are more than --keep-rows 5 allows\n',
    );
    expect(await run('--keep-rows', '9')).toContain(
      'duplicates  4 (50.0 %) at eps 0: only exact copies, since the input has only 8 rows for --keep-rows 9\n',
    );
    expect(await run('--keep-rows', '4')).toContain('at eps 0, the largest for --keep-rows 4\n');
  });

  test.each([
    [['--eps', '0.1', '--keep-rows', '4'], `option '--keep-rows <n>' cannot be used with option '--eps <x>'`],
    [
      ['--drop-share', '0.1', '--keep-rows', '4'],
      `option '--drop-share <share>' cannot be used with option '--keep-rows <n>'`,
    ],
    [['--drop-share', '1.1'], 'drop-share must be a number in [0, 1].'],
    [['--keep-rows', '-1'], 'must be an integer of at least 0.'],
    [['--eps', '0.1', '--max-drop', '0.5'], `option '--max-drop <share>' needs '--group-by <col>'`],
    [['--group-by', 'height'], `option '--group-by <col>' needs '--eps <x>', '--drop-share <share>' or`],
    [['--eps', '0.1', '--group-by', 'height', '--max-drop', '2'], 'max-drop must be a number in [0, 1].'],
  ])('%j is refused', async (options, message) => {
    const folder = temporaryFolder();
    const { code, stderr } = await dedup(folder, ...options);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the guard', () => {
  const groups = [
    '--metadata',
    metadata,
    '--group-by',
    'height',
    '--rank-by',
    'bytes DESC',
    '--eps',
    '0.005',
  ];

  test('shows the share dropped per group', async () => {
    const folder = temporaryFolder();
    const { code, stdout, stderr } = await dedup(folder, ...groups, '--max-drop', '0.3');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /\nDropped per "height", largest share first:\n\n┌.*\n│ value │ rows +│ dropped │ +share +│\n/,
    );
    expect(stdout).toContain('│   180 │  1319 │     381 │ 0.2889 │\n│   240 │    52 │       0 │    0.0 │\n');
    expect(await dropped(folder)).toBe(381);
  });

  test('writes nothing but the groups above the limit, and ends with exit code 3', async () => {
    const folder = temporaryFolder();
    const { code, stdout, stderr } = await dedup(folder, ...groups, '--max-drop', '0.28');
    expect(code).toBe(3);
    expect(stderr).toBe(
      'Invalid Input Error: 5_guard: 1 of 2 groups lose more than 0.28 of their rows, most of all height = 180: 381 of 1319; choose a smaller eps, or a larger limit\n' +
        'Nothing was written.\n',
    );
    expect(stdout.split('\n').slice(1)).toEqual([
      '│ value │ rows  │ dropped │ share  │',
      '│ int32 │ int64 │  int64  │ double │',
      '├───────┼───────┼─────────┼────────┤',
      '│   180 │  1319 │     381 │ 0.2889 │',
      '└───────┴───────┴─────────┴────────┘',
      '',
    ]);
    expect(readdirSync(folder).filter((name) => name !== '.cache')).toEqual([]);
  });

  test('counts what the rule drops', async () => {
    const folder = temporaryFolder();
    const { code, stdout } = await dedup(folder, ...groups, '--rule', 'covered', '--max-drop', '0.285');
    expect(code).toBe(0);
    const [, found] = /│ +180 │ +1319 │ +(\d+) │/.exec(stdout)!;
    expect(Number(found)).toBeLessThan(375);
    expect(await dropped(folder)).toBe(Number(found));
  });

  test('leaves the results that --overwrite would have replaced', async () => {
    const folder = temporaryFolder();
    await dedup(folder, '--eps', '0.002');
    const before = await dropped(folder);
    const { code } = await dedup(folder, ...groups, '--max-drop', '0.1', '--overwrite');
    expect(code).toBe(3);
    expect(await dropped(folder)).toBe(before);
    expect(findings(folder).eps).toBe(0.002);
  });

  test('groups by a column of the input, NULL among its values', async () => {
    const folder = temporaryFolder();
    await query(
      `COPY (SELECT i AS clip, [1 + i // 2, 1]::FLOAT[] AS embedding, CASE WHEN i < 4 THEN 'a' WHEN i < 6 THEN 'b' END AS "the source"
             FROM range(9) AS t(i)) TO '${folder}/in.parquet'`,
    );
    const input = ['dedup', 'in.parquet', '--output', 'out', '--id', 'clip', '--eps', '0'];
    const run = (...options: string[]) =>
      runCli([...input, '--group-by', 'the source', ...options], '', folder);
    const { stdout } = await run();
    expect(stdout).toContain(
      '│ a       │     4 │       2 │    0.5 │\n│ b       │     2 │       1 │    0.5 │\n│ NULL    │     3 │       1 │ 0.3333 │\n',
    );
    expect((await run('--max-drop', '0.5', '--overwrite')).code).toBe(0);
    expect(await run('--max-drop', '0.4', '--overwrite')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(
        '2 of 3 groups lose more than 0.4 of their rows, most of all the source = ',
      ),
    });
  });

  test('a column that is nowhere is an error before the work, with the columns there are', async () => {
    const folder = temporaryFolder();
    const { code, stderr } = await dedup(
      folder,
      '--metadata',
      metadata,
      '--eps',
      '0.1',
      '--group-by',
      'colour',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Binder Error: dedup: --group-by names "colour", which input '[^']*' does not have: its columns are "id", "embedding"; metadata '.*' does not have it either: its columns are "id", "source_video"/,
    );
    expect(readdirSync(folder).filter((name) => name !== '.cache')).toEqual([]);
  });
});

test('4_budget and 5_guard run on the files of an earlier run, and stop what follows', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'out/pairwise_results'), { recursive: true });
  await query(
    `COPY (SELECT i AS id, i - 1 AS max_id, (1 - i / 100)::FLOAT AS cosine_sim_score FROM range(1, 11) AS t(i))
     TO '${folder}/out/pairwise_results/a.parquet';
     COPY (SELECT i AS clip, if(i < 5, 'near', 'far') AS source FROM range(1, 11) AS t(i)) TO '${folder}/meta.parquet'`,
  );
  const run = (variables: Readonly<Record<string, string>>, ...names: string[]) => {
    const set = Object.entries({ output: 'out', ...variables }).flatMap(([name, value]) => [
      '-set',
      `${name}=${value}`,
    ]);
    return runCli(['-csv', ...set, ...names.flatMap((name) => ['-f', script(name)])], '', folder);
  };
  const guard = { metadata: 'meta.parquet', id: 'clip', group_by: 'source' };
  const stopped = await run(
    { ...guard, drop_share: '0.35', max_drop: '0.7' },
    '4_budget',
    '5_guard',
    '5_identify',
  );
  expect(stopped.code).toBe(1);
  expect(stopped.stdout).toMatch(
    /^eps,duplicates\n0\.0[23]\d*,3\nvalue,rows,dropped,share\nnear,4,3,0\.75\nfar,6,0,0\.0\n$/,
  );
  expect(stopped.stderr).toContain(
    '5_guard: 1 of 2 groups lose more than 0.7 of their rows, most of all source = near: 3 of 4;',
  );
  expect(readdirSync(join(folder, 'out'))).toEqual(['pairwise_results']);
  const passed = await run(
    { ...guard, keep_rows: '7', max_drop: '0.75' },
    '4_budget',
    '5_guard',
    '5_identify',
  );
  expect(passed).toMatchObject({ code: 0, stderr: '' });
  expect(passed.stdout).toContain('\nguard\nno group loses more than max_drop = 0.75\nduplicates,note\n3,');
  const wrong = async (variables: Readonly<Record<string, string>>, name: string): Promise<string> =>
    (await run(variables, name)).stderr;
  expect(await wrong({}, '4_budget')).toContain('set the variable drop_share first');
  expect(await wrong({ drop_share: '0.1', keep_rows: '1' }, '4_budget')).toContain(
    '4_budget: set drop_share or keep_rows, not both',
  );
  expect(await wrong({ drop_share: '2' }, '4_budget')).toContain(
    'eps_for_share: share must be a number in [0, 1], got 2',
  );
  expect(await wrong({ ...guard, eps: '0.1', max_drop: '2' }, '5_guard')).toContain(
    '5_guard: max_drop must be a number in [0, 1], got 2',
  );
  expect(await wrong({ eps: '0.1' }, '5_guard')).toContain('set the variable group_by first');
});
