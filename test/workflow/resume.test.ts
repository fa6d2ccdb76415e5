import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { binary, type CliResult } from '../cli/runCli.ts';
import { runHere } from '../cli/runHere.ts';
import { query } from './clips.ts';

const folder = mkdtempSync(join(tmpdir(), 'nearduck-resume-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const WHAT = '--clusters 150 --overlap 0.02 --eps 0.1 --backend cpu --output'.split(' ');
const args = (output: string): string[] => ['dedup', 'in.parquet', ...WHAT, output];

const steps = (output: string): string[] => {
  const path = join(folder, output, '.nearduck/steps');
  return existsSync(path) ? readdirSync(path).sort() : [];
};

/** Runs until a step is saved, then kills the run. */
async function killAfter(output: string, step: string, more: readonly string[] = []): Promise<void> {
  const child = spawn(process.execPath, [binary, ...args(output), ...more], { cwd: folder, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  while (!steps(output).includes(`${step}.arrays`)) {
    expect(child.exitCode).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  child.kill('SIGKILL');
  await ended;
}

const rowsOf = (output: string): Promise<unknown> =>
  query(
    `FROM '${folder}/${output}/pairwise_results/*.parquet' JOIN '${folder}/${output}/kmeans_results/*.parquet' USING (id) ORDER BY id`,
  );

/** Steps that an unfinished run has saved. */
const namesOf = (output: string): string[] =>
  steps(output).flatMap((file) => /^(.*)\.arrays$/.exec(file)?.[1] ?? []);

/** Expects that the run loaded all saved steps and computed only the others. */
function expectOnlyUnfinished(output: string, before: readonly string[]): void {
  const { kept, computed } = resumedIn(output) as { kept: string[]; computed: string[] };
  expect(kept.sort()).toEqual(before);
  expect(computed.length).toBeGreaterThan(0);
  expect(computed.filter((name) => before.includes(name))).toEqual([]);
  expect(new Set(computed).size).toBe(computed.length);
}

const resumedIn = (output: string): unknown =>
  (JSON.parse(readFileSync(join(folder, output, 'run.json'), 'utf8')) as Record<string, unknown>)['resumed'];

let whole: CliResult;
beforeAll(async () => {
  await query(
    `COPY (SELECT i AS id, list_transform(range(32), lambda j: hash(i // 3 * 32 + j) / 1.8e19 - 0.5 + hash(i * 32 + j) / 2e20)::FLOAT[] AS embedding
           FROM range(6000) AS t(i)) TO '${folder}/in.parquet'`,
  );
  whole = await runHere([...args('whole'), '--resume'], '', folder);
});

test('a killed run is refused, then goes on with --resume and finds what a whole run finds', async () => {
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  expect(resumedIn('whole')).toBeUndefined();
  await killAfter('out', 'labels');
  const refused = await runHere(args('out'), '', folder);
  expect(refused).toEqual({
    code: 1,
    stdout: '',
    stderr:
      "IO Error: output folder 'out' contains an unfinished run; continue it with --resume, or start over with --overwrite\n",
  });
  const other = await runHere([...args('out'), '--resume', '--seed', '7'], '', folder);
  expect(other.code).toBe(1);
  expect(other.stderr).toContain(
    `cannot resume the unfinished run in output folder '${join(folder, 'out')}': it has --seed 42, this run has --seed 7; start over with --overwrite`,
  );
  expect(steps('out')).toContain('labels.arrays');
  const before = namesOf('out');
  expect(await runHere([...args('out'), '--resume', '--threads', '1'], '', folder)).toMatchObject({
    code: 0,
  });
  expectOnlyUnfinished('out', before);
  expect(readdirSync(join(folder, 'out')).sort()).toEqual(readdirSync(join(folder, 'whole')).sort());
  expect(await rowsOf('out')).toEqual(await rowsOf('whole'));
});

test('the same command with --resume does nothing once the run has finished', async () => {
  const again = (...options: string[]) => runHere([...args('whole'), '--resume', ...options], '', folder);
  const before = readFileSync(join(folder, 'whole/run.json'), 'utf8');
  const done = {
    code: 0,
    stdout: "output folder 'whole' has the results of this run already\n",
    stderr: '',
  };
  await killAfter('whole', 'labels', ['--overwrite']);
  expect(await again('--threads', '1')).toEqual(done);
  expect(existsSync(join(folder, 'whole/.nearduck'))).toBe(false);
  expect(readFileSync(join(folder, 'whole/run.json'), 'utf8')).toBe(before);
  expect(await again('--report')).toMatchObject({
    code: 1,
    stderr:
      "IO Error: output folder 'whole' has the results of this run already, but it has no report; nearduck report whole writes it\n",
  });
  // Another run that was to replace it.
  await killAfter('whole', 'labels', ['--overwrite', '--seed', '7']);
  expect(await again()).toEqual(done);
  for (const [option, value, difference, more] of [
    ['--eps', '0.05', 'it has --eps 0.1, this run has --eps 0.05', ''],
    ['--rank-by', 'id', 'it has no --rank-by, this run has --rank-by "id"', ''],
    [
      '--seed',
      '7',
      'it has --seed 42, this run has --seed 7',
      `Finished steps are kept in '${join(folder, 'whole')}': the same command with --overwrite --resume goes on from there.\n`,
    ],
  ])
    expect(await again(option, value)).toMatchObject({
      code: 1,
      stderr: `IO Error: output folder 'whole' has the results of another run: ${difference}; choose another one, or replace its results with --overwrite\n${more}`,
    });
  expect(steps('whole')).toContain('labels.arrays');
  rmSync(join(folder, 'whole/.nearduck'), { recursive: true });
  // Results that are not as the run wrote them.
  renameSync(join(folder, 'whole/groups'), join(folder, 'groups'));
  expect((await again()).stderr).toMatch(
    /^IO Error: output folder 'whole' exists already, and its results were changed since the run finished \('groups\/.*\.parquet' was removed or changed\); choose another one, or replace its results with --overwrite\n$/,
  );
  renameSync(join(folder, 'groups'), join(folder, 'whole/groups'));
  expect(existsSync(join(folder, 'whole/.nearduck'))).toBe(false);
});

test('a finished run stays finished after a report, and not after another script', async () => {
  await query(
    `COPY (SELECT i AS id, [1, i]::FLOAT[] AS embedding, 't' AS title FROM range(90) AS t(i)) TO '${folder}/few.parquet'`,
  );
  const nearduck = (command: string) => runHere(command.split(' '), '', folder);
  const few = (options = '') =>
    nearduck(`dedup few.parquet --metadata few.parquet --eps 0.01 --group-by title --output few${options}`);
  expect(await few(' --report --show id')).toMatchObject({ code: 0 });
  const before = "output folder 'few' has the results of this run already";
  const done = { code: 0, stdout: `${before}\n`, stderr: '' };
  for (const [was, is, report] of [
    ['--show id', '--show title,id', 'nearduck report few --show title,id --group-by title'],
    ['--show title,id', 'no --show', 'nearduck report few --group-by title'],
  ]) {
    const asked = ` --report ${is}`.replace(' no --show', '');
    expect(await few(` --resume${asked}`)).toEqual({
      code: 1,
      stdout: '',
      stderr: `IO Error: ${before}, but its report has ${was}, this run has ${is}; ${report} writes it\n`,
    });
    expect(await nearduck(report.slice('nearduck '.length))).toMatchObject({ code: 0 });
    for (const options of ['', asked, ' --report --show id'])
      expect(await few(` --resume${options}`)).toEqual(done);
  }
  const identify = '-set output=few -set eps=0.05 -set overwrite=true -f nearduck:5_identify';
  expect(await nearduck(identify)).toMatchObject({ code: 0 });
  expect((await few(' --resume')).stderr).toMatch(
    /^IO Error: output folder 'few' exists already, and its results were changed since the run finished \(5_identify at 2.*Z\); choose/,
  );
});

test('a damaged step is computed again', async () => {
  await killAfter('torn', 'labels');
  const fingerprint = join(folder, 'torn/.nearduck/steps/fingerprint.json');
  const text = readFileSync(fingerprint, 'utf8');
  for (const damaged of ['', 'null', text.slice(1)]) {
    writeFileSync(fingerprint, damaged);
    const refused = await runHere([...args('torn'), '--resume'], '', folder);
    expect(refused.stderr).toMatch(
      /^IO Error: '.*fingerprint.json', which describes the unfinished run, is damaged; start over with --overwrite/,
    );
  }
  writeFileSync(fingerprint, text);
  writeFileSync(join(folder, 'torn/.nearduck/steps/labels.arrays'), 'x');
  expect(await runHere([...args('torn'), '--resume'], '', folder)).toMatchObject({ code: 0 });
  expect(resumedIn('torn')).toMatchObject({ computed: expect.arrayContaining(['labels']) as string[] });
  expect(await rowsOf('torn')).toEqual(await rowsOf('whole'));
});

test('--overwrite starts anew, and a failed run says what it keeps', async () => {
  await killAfter('anew', 'fit');
  await killAfter('anew', 'fit', ['--overwrite']);
  const path = join(folder, 'in.parquet');
  const failed = await runHere([...args('anew'), '--resume', '--metadata', 'none.parquet'], '', folder);
  expect(failed.stderr).toContain("no such metadata file: 'none.parquet'");
  expect(steps('anew')).toContain('fit.arrays');
  await query(`COPY (SELECT * REPLACE (id + 1 AS id) FROM '${path}') TO '${path}.new' (FORMAT parquet)`);
  renameSync(`${path}.new`, path);
  const changed = await runHere([...args('anew'), '--resume'], '', folder);
  expect(changed.stderr).toContain("its input is another one: 'in.parquet'");
  expect(await runHere([...args('anew'), '--overwrite'], '', folder)).toMatchObject({ code: 0, stderr: '' });
  expect(resumedIn('anew')).toBeUndefined();
});

test('earlier rows go on with it, and are known again when a statement gives others', async () => {
  await query(
    `COPY (FROM '${folder}/in.parquet' WHERE id % 5 = 0) TO '${folder}/old.parquet' (FORMAT parquet);
     COPY (SELECT '' AS more) TO '${folder}/more.csv'`,
  );
  const files = ['--against', 'old.parquet'];
  const statement = [
    '--against',
    `SELECT id, embedding FROM 'old.parquet' WHERE id % 10 = 0 OR (SELECT more FROM 'more.csv') = 'all'`,
  ];
  for (const [name, against] of [
    ['files', files],
    ['statement', statement],
  ] as const) {
    expect(await runHere([...args(`whole ${name}`), ...against], '', folder)).toMatchObject({ code: 0 });
    await killAfter(name, 'clusters', against);
    const before = namesOf(name);
    expect(await runHere([...args(name), ...against, '--resume'], '', folder)).toMatchObject({ code: 0 });
    expectOnlyUnfinished(name, before);
    expect(await rowsOf(name)).toEqual(await rowsOf(`whole ${name}`));
  }
  await killAfter('other', 'labels', statement);
  await query(`COPY (SELECT 'all' AS more) TO '${folder}/more.csv'`);
  expect(await runHere([...args('other'), ...statement, '--resume'], '', folder)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      `cannot resume the unfinished run: the input's rows differ from those of that run; start over with --overwrite`,
    ) as string,
  });
});

test('an object store keeps no steps', async () => {
  const refused = await runHere([...args('s3://bucket/out'), '--resume'], '', folder);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--resume needs a local folder') as string,
  });
});
