import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { RunFile } from '../../src/output/runFile.ts';
import { binary } from '../cli/runCli.ts';
import { runHere } from '../cli/runHere.ts';
import { clips, columns, list, metadata, query, script, temporaryFolder } from './clips.ts';

/** Some rows of the fixture. */
const few = join(mkdtempSync(join(tmpdir(), 'nearduck-few-')), 'few.parquet');
beforeAll(() => query(`COPY (FROM '${clips}/*.parquet' LIMIT 60) TO '${few}'`));
afterAll(() => rmSync(dirname(few), { recursive: true }));

const dedup = (input: string): string[] => [
  'dedup',
  input,
  '--clusters',
  '5',
  '--eps',
  '0.005',
  '--backend',
  'cpu',
  '--output',
];
const args = dedup(few);
const RESULTS = ['duplicates', 'groups', 'kmeans_results', 'pairwise_results', 'run.json'];

const runFile = (folder: string): RunFile =>
  JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunFile;

function write(folder: string, name: string, content = 'important'): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

test('an output below a folder that DuckDB reads as a result column is refused', async () => {
  const folder = temporaryFolder();
  const refusal =
    "is below a folder 'id=5', which DuckDB reads as a column of the results; choose another one";
  for (const output of ['id=5/out', 'ID=5']) {
    const { code, stderr } = await runHere([...args, output], '', folder);
    expect([code, stderr.replaceAll('ID=5', 'id=5')]).toEqual([1, expect.stringContaining(refusal)]);
  }
  expect(list(folder)).toEqual([]);
  mkdirSync(join(folder, 'id=5'));
  const step = await runHere(
    ['-c', `SELECT stage_output('5_identify', 'id=5', 'groups', false)`],
    '',
    folder,
  );
  expect(step.stderr).toContain(refusal);
  expect((await runHere([...args, 'day=5/out'], '', folder)).code).toBe(0);
});

test('run.json says what was asked, what was found and which files were written', async () => {
  const folder = temporaryFolder();
  expect((await runHere([...dedup(clips), 'out', '--metadata', metadata], '', folder)).code).toBe(0);
  const run = runFile(join(folder, 'out'));
  expect(run).toMatchObject({
    tool: 'nearduck',
    versions: { nearduck: '0.1.0', node: process.version },
    parameters: { input: [clips], clusters: 5, eps: 0.005, seed: 42, on_invalid: 'error', metadata },
    backends: [{ name: 'cpu' }],
    findings: { rows: 1371, invalid: 0, clusters: { count: 5 }, recall: { certainty: 'estimate' } },
  });
  // All parameters, given or not, the seconds per step, and the files read.
  const help = (await runHere(['dedup', '--help'])).stdout;
  const names = [...help.matchAll(/^ {2}--([\w-]+)/gm)].map(([, name]) => name.replaceAll('-', '_'));
  expect(names.length).toBeGreaterThan(15);
  expect(Object.keys(run['parameters'] as object).sort()).toEqual(['input', ...names].sort());
  expect(run['parameters']).toMatchObject({ recall: null, rank_by: null, threads: null });
  expect(Object.keys(run['seconds'] as object)).toEqual(
    expect.arrayContaining(['total', 'read rows', 'k-means', 'pairwise', 'write', 'identify', 'export']),
  );
  const { mtimeMs, size } = statSync(metadata);
  const milliseconds = new Date(Math.floor(mtimeMs)).toISOString().slice(0, -1);
  const modified = expect.stringMatching(`^${milliseconds}\\d{6}Z$`) as unknown;
  expect(run['metadata']).toEqual([{ path: metadata, bytes: size, modified }]);
  const input = run['input'] as { path: string; bytes: number }[];
  expect(input.length).toBe(readdirSync(clips).length);
  for (const { path, bytes } of input) expect(statSync(path).size).toBe(bytes);
  expect(run.steps.map(({ step, result }) => [step, result])).toEqual([
    ['3_write', 'kmeans_results'],
    ['3_write', 'pairwise_results'],
    ['5_identify', 'groups'],
    ['5_identify', 'duplicates'],
    ['6_export', 'deduplicated'],
  ]);
  expect(run.files.map(({ path }) => path)).toEqual(
    ['deduplicated', 'duplicates', 'groups', 'kmeans_results', 'pairwise_results'].map(
      (name) => `${name}/data_0.parquet`,
    ),
  );
  for (const { path, bytes } of run.files) expect(statSync(join(folder, 'out', path)).size).toBe(bytes);
});

test.each([
  'kmeans_results/notes.txt',
  'kmeans_results/centroid=3/data_0.parquet',
  'duplicates/data_0.parquet',
  'duplicates/mine/data_0.parquet',
])('a result that run.json does not list is not replaced, however it is called: %s', async (name) => {
  const folder = temporaryFolder();
  const path = write(folder, `out/${name}`);
  const { code, stderr } = await runHere([...args, 'out', '--overwrite'], '', folder);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `IO Error: output folder 'out' contains '${name}', which no run.json lists; nearduck replaces only its own files: choose another folder, or remove the file yourself\n`,
  });
  expect(readFileSync(path, 'utf8')).toBe('important');
  expect(list(folder)).toEqual(['out']);
  expect(list(folder, 'out')).toEqual([name.split('/')[0]]);
});

test('a file that changed since nearduck wrote it, or that was added, is not replaced', async () => {
  const folder = temporaryFolder();
  expect((await runHere([...args, 'out'], '', folder)).code).toBe(0);
  const refused = async (name: string, content: Buffer): Promise<void> => {
    const path = join(folder, 'out', name);
    writeFileSync(path, content);
    const { code, stderr } = await runHere([...args, 'out', '--overwrite'], '', folder);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`contains '${name}', which its run.json no longer describes`),
    });
    expect(readFileSync(path)).toEqual(content);
  };
  await refused('kmeans_results/more.parquet', Buffer.from('important'));
  rmSync(join(folder, 'out/kmeans_results/more.parquet'));
  // A file of the same length is not the same file.
  const { size } = statSync(join(folder, 'out/duplicates/data_0.parquet'));
  await refused('duplicates/data_0.parquet', Buffer.alloc(size));
});

test('what lies beside the results stays where it is', async () => {
  const folder = temporaryFolder();
  const kept = ['out/notes.txt', 'out/duplicates.bak/data_0.parquet', 'out/lost+found/1'].map((name) =>
    write(folder, name),
  );
  expect((await runHere([...args, 'out'], '', folder)).stderr).toContain(
    `output folder 'out' exists already`,
  );
  for (let i = 0; i < 2; i++) {
    expect(await runHere([...args, 'out', '--overwrite'], '', folder)).toMatchObject({ code: 0, stderr: '' });
    expect(list(folder, 'out')).toEqual([...RESULTS, 'duplicates.bak', 'lost+found', 'notes.txt'].sort());
    for (const path of kept) expect(readFileSync(path, 'utf8')).toBe('important');
  }
});

test('a run.json that is not ours, or is damaged, protects the folder', async () => {
  const folder = temporaryFolder();
  for (const content of [
    '{"tool": "other"}',
    '{"tool": "nearduck", "id": "x", "steps": [], "files": [{}]}',
    'x',
    '',
  ]) {
    const path = write(folder, 'out/run.json', content);
    const { code, stderr } = await runHere([...args, 'out', '--overwrite'], '', folder);
    expect(code).toBe(1);
    expect(stderr).toContain('does not list the files that nearduck wrote, so nothing in');
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(list(folder, 'out')).toEqual(['run.json']);
  }
});

test('folders beside the output, whatever their names, are left alone', async () => {
  const folder = temporaryFolder();
  const names = [`out.old-${hostname()}-20240101`, `out.partial-${hostname()}-999999999`];
  const paths = names.map((name) => write(folder, `${name}/duplicates/data_0.parquet`));
  mkdirSync(join(folder, 'out/deduplicated'), { recursive: true });
  expect((await runHere([...args, 'out'], '', folder)).code).toBe(1);
  expect((await runHere([...args, 'out', '--overwrite'], '', folder)).code).toBe(0);
  for (const path of paths) expect(readFileSync(path, 'utf8')).toBe('important');
  expect(list(folder)).toEqual(['out', ...names].sort());
  expect(list(folder, 'out')).toEqual(RESULTS);
});

test('files that come among the results during the run are kept, and the user is told where', async () => {
  const folder = temporaryFolder();
  expect((await runHere([...args, 'out'], '', folder)).code).toBe(0);
  const child = spawn(process.execPath, [binary, ...args, 'out', '--overwrite'], { cwd: folder });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const stderr = text(child.stderr);
  // From here on, the run does not look at the folder until its end.
  const workspace = (): string | undefined =>
    existsSync(join(folder, 'out/.nearduck'))
      ? list(folder, 'out/.nearduck').find((name) => existsSync(join(folder, 'out/.nearduck', name, 'tmp')))
      : undefined;
  while (!workspace()) await new Promise((resolve) => setTimeout(resolve, 1));
  write(folder, 'out/duplicates/mine.parquet');
  write(folder, 'out/notes.txt');
  expect(await ended).toBe(0);
  const kept = list(folder, 'out').find((name) => name.startsWith('duplicates.kept-'));
  expect(await stderr).toContain(`they are now in '${join(folder, 'out', kept!)}'`);
  expect(list(folder, 'out', kept!)).toEqual(['mine.parquet']);
  expect(list(folder, 'out/duplicates')).toEqual(['data_0.parquet']);
  expect(list(folder, 'out')).toEqual([...RESULTS, kept, 'notes.txt'].sort());
});

test('5_identify and 6_export with overwrite=true leave alone what they did not write', async () => {
  const folder = temporaryFolder();
  expect((await runHere([...args, 'out', '--metadata', metadata], '', folder)).code).toBe(0);
  const again = (name: string) => {
    const set = ['output=out', 'eps=0.002', 'overwrite=true', `metadata=${metadata}`];
    return runHere([...set.flatMap((variable) => ['-set', variable]), '-f', script(name)], '', folder);
  };
  for (const [name, result] of [
    ['5_identify', 'duplicates'],
    ['6_export', 'deduplicated'],
  ]) {
    const path = write(folder, `out/${result}/mine.parquet`);
    const { code, stderr } = await again(name);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(
        `contains '${result}/mine.parquet', which its run.json no longer describes`,
      ),
    });
    expect(readFileSync(path, 'utf8')).toBe('important');
    await query(`COPY (SELECT 1 AS x) TO '${folder}/x.parquet'`);
    expect(list(folder, 'out', result)).toEqual(['data_0.parquet', 'mine.parquet']);
  }
  expect(list(folder, 'out')).toEqual(['deduplicated', ...RESULTS].sort());
});

test('a step run by hand adds itself to run.json', async () => {
  const folder = temporaryFolder();
  expect((await runHere([...args, 'out'], '', folder)).code).toBe(0);
  const before = runFile(join(folder, 'out'));
  const set = ['-set', 'output=out', '-set', 'eps=0.002', '-set', 'overwrite=true'];
  expect((await runHere([...set, '-f', script('5_identify')], '', folder)).code).toBe(0);
  const after = runFile(join(folder, 'out'));
  expect(after).toMatchObject({ id: before.id, parameters: before.parameters });
  expect(after.steps.slice(0, -2)).toEqual(before.steps);
  const found = await query(`SELECT count(*)::INTEGER AS n FROM '${folder}/out/duplicates/*.parquet'`);
  expect(after.steps.at(-1)).toMatchObject({ step: '5_identify', eps: 0.002, duplicates: found[0].n });
  expect(after.files.map(({ path }) => path).sort()).toEqual(before.files.map(({ path }) => path).sort());
  expect((await runHere([...args, 'out', '--overwrite'], '', folder)).code).toBe(0);
  expect(list(folder, 'out')).toEqual(RESULTS);
});

test('may be a link to a folder, which stays one', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'disk'));
  symlinkSync('disk', join(folder, 'out'));
  symlinkSync('nowhere', join(folder, 'lost'));
  for (const more of [[], ['--overwrite']]) {
    expect(await runHere([...args, 'out', ...more], '', folder)).toMatchObject({ code: 0, stderr: '' });
    expect(lstatSync(join(folder, 'out')).isSymbolicLink()).toBe(true);
    expect(list(folder, 'disk')).toEqual(RESULTS);
  }
  const lost = await runHere([...args, 'lost'], '', folder);
  expect(lost).toEqual({
    code: 1,
    stdout: '',
    stderr: "IO Error: output folder 'lost' is a broken link; remove or repair it\n",
  });
});

test('a result that is a link is not followed: what it leads to stays', async () => {
  const folder = temporaryFolder();
  const path = write(folder, 'elsewhere/data_0.parquet');
  mkdirSync(join(folder, 'out'));
  symlinkSync('../elsewhere', join(folder, 'out/duplicates'));
  const { code, stderr } = await runHere([...args, 'out', '--overwrite'], '', folder);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining(`contains 'duplicates', which no run.json`),
  });
  expect(readFileSync(path, 'utf8')).toBe('important');
});

/** Starts a run that computes for a while, and waits until it has taken its output folder. */
async function startLong(folder: string): Promise<ReturnType<typeof spawn>> {
  await query(
    `COPY (SELECT i AS id, list_transform(range(64), lambda j: hash(i * 64 + j) / 1.8e19 - 0.5)::FLOAT[] AS embedding
           FROM range(60000) AS t(i)) TO '${folder}/in.parquet'`,
  );
  const child = spawn(
    process.execPath,
    [binary, 'dedup', 'in.parquet', '--output', 'out', '--clusters', '4000'],
    {
      cwd: folder,
      stdio: 'ignore',
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  // The lock names its owner once it is written.
  while (
    !existsSync(join(folder, 'out/.nearduck/lock')) ||
    readFileSync(join(folder, 'out/.nearduck/lock'), 'utf8') === ''
  )
    await new Promise((resolve) => setTimeout(resolve, 10));
  return child;
}

test('a second run on one output is refused; after kill -9 the next one clears up and goes on', async () => {
  const folder = temporaryFolder();
  const child = await startLong(folder);
  const ended = new Promise((resolve) => child.on('close', resolve));
  for (const more of [[], ['--overwrite']]) {
    const second = await runHere([...args, 'out', ...more], '', folder);
    expect(second).toEqual({
      code: 1,
      stdout: '',
      stderr: `IO Error: another run, process ${child.pid} on ${hostname()}, is writing output folder 'out'; wait for it, or choose another folder\n`,
    });
  }
  child.kill('SIGKILL');
  await ended;
  expect(list(folder, 'out')).toEqual(['.nearduck']);
  expect(await runHere([...args, 'out'], '', folder)).toMatchObject({ code: 0, stderr: '' });
  const work = join(folder, 'out/.nearduck');
  expect(existsSync(work) ? readdirSync(work, { recursive: true }) : []).toEqual([]);
  expect(list(folder, 'out')).toEqual(RESULTS);
});

/** Runs shell commands with `out` as a file system of its own. Undefined without the right to mount. */
function withMount(size: string, script: string) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'out'));
  const inside = (commands: string) =>
    spawnSync(
      'unshare',
      ['-m', 'sh', '-c', `mount -t tmpfs -o size=${size} none out || exit 99; ${commands}`],
      {
        cwd: folder,
        encoding: 'utf8',
        env: {
          ...process.env,
          HOME: folder,
          NODE: process.execPath,
          NEARDUCK: binary,
          CLIPS: clips,
          FEW: few,
        },
      },
    );
  return inside('').status === 0 ? inside(script) : undefined;
}
const RUN = '"$NODE" "$NEARDUCK" dedup "$FEW" --clusters 5 --eps 0.005 --output out';

test('may be a mount point', (context) => {
  const result = withMount('100m', `${RUN} >&2 && ${RUN} --overwrite >&2 && ls -A out`);
  if (!result) return context.skip('no right to mount');
  const { status, stdout, stderr } = result;
  expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: `${RESULTS.join('\n')}\n` });
});

test('a disk without room for the embeddings beyond the memory limit is refused before they are read', (context) => {
  const rows = `SELECT r AS id, list_transform(range(64), lambda i: sin(r + i)::FLOAT) AS embedding FROM range(150000) t(r)`;
  const result = withMount(
    '4m',
    `"$NODE" "$NEARDUCK" -c "COPY (${rows}) TO 'rows.parquet' (ROW_GROUP_SIZE 4096)" >&2; "$NODE" "$NEARDUCK" dedup rows.parquet --memory-limit 40MB --output out; ls -A out`,
  );
  if (!result) return context.skip('no right to mount');
  expect({ ...result, stderr: result.stderr.replace(/'[^']*'/, 'FOLDER') }).toMatchObject({
    stdout: '',
    stderr:
      'IO Error: dedup: 150,000 embeddings of 64 elements take 36.6 MiB; 19.1 MiB of them fit in the memory limit, and the others ' +
      'spill to a temporary file in FOLDER, where 4.0 MiB are free; free space there, raise --memory-limit, or cut the run into ' +
      'tasks with nearduck plan\n',
  });
});

test('a disk that is read-only is refused before the work, and by every step', (context) => {
  const step = '"$NODE" "$NEARDUCK" -set output=out -set eps=0.1 -f nearduck:5_identify';
  const plan = `"$NODE" "$NEARDUCK" plan "$FEW" --clusters 5 --tasks 2 --output out/plan`;
  const result = withMount(
    '100m',
    `mkdir -p out/pairwise_results; cp "$FEW" out/pairwise_results; mount -o remount,ro out; ${RUN}; ${RUN}/new; ${step}; ${plan}`,
  );
  if (!result) return context.skip('no right to mount');
  const errors = result.stderr.split('\n').filter((line) => line.startsWith('IO Error: '));
  expect(errors, result.stderr).toHaveLength(3);
  for (const line of errors) expect(line).toMatch(/^IO Error: cannot create .*read-only file system/);
  expect(result.stderr).toMatch(/^Invalid Input Error: cannot create .*read-only file system/m);
});

test('a disk that is full of spilled rows, or of results, is named, and nothing half-written stays', (context) => {
  const sql = `SET temp_directory = 'out'; SET VARIABLE nearduck_memory_limit = '4MB';
    SELECT count(*) FROM kmeans('SELECT i AS id, list_transform(range(64), lambda j: hash(i * 64 + j) / 1e19)::FLOAT[] AS embedding FROM range(40000) AS t(i)', 4)`;
  const spill = withMount('2m', `"$NODE" "$NEARDUCK" -c "${sql.replaceAll('\n', ' ')}"; ls -A out`);
  if (!spill) return context.skip('no right to mount');
  expect(spill.stdout).toBe('');
  expect(spill.stderr).toMatch(
    /^IO Error: cannot write embeddings that exceed the memory limit to out: ENOSPC/m,
  );
  const results = withMount(
    '2m',
    `${RUN.replace('FEW', 'CLIPS')} --with-embeddings; echo $?; find out -name '*.parquet'`,
  )!;
  expect(results.stdout).toBe('1\n');
  expect(results.stderr).toMatch(/^IO Error: .*No space left on device/m);
});

test('--layout cosmos-curate writes extraction/ too, as its reader names it', async () => {
  const folder = temporaryFolder();
  const files = `'${folder}/out/extraction/unique_ids_0.005.parquet/*.parquet'`;
  const scores = `'${folder}/out/extraction/semdedup_pruning_tables/*.parquet'`;
  await query(
    `COPY (SELECT row_number() OVER () AS id, embedding FROM '${clips}/*.parquet') TO '${folder}/in.parquet'`,
  );
  const more = ['--layout', 'cosmos-curate', '--eps', '0.005'];
  expect((await runHere([...dedup('in.parquet'), 'out', ...more], '', folder)).code).toBe(0);
  expect(list(folder, 'out')).toEqual(['duplicates', 'extraction', ...RESULTS.slice(1)]);
  expect(list(folder, 'out/extraction')).toEqual(['semdedup_pruning_tables', 'unique_ids_0.005.parquet']);
  expect(runFile(join(folder, 'out')).files.map(({ path }) => path)).toContain(
    'extraction/unique_ids_0.005.parquet/data_0.parquet',
  );
  expect(await columns(files)).toEqual({ id: 'VARCHAR' });
  expect(await columns(scores)).toEqual({ id: 'VARCHAR', cosine_sim_score: 'FLOAT' });
  // The queries of the reader.
  const [counts] = await query(
    `SELECT
       (SELECT count(*) FROM ${files}) AS ids,
       (SELECT count(*) FROM ${scores} WHERE cosine_sim_score >= 1 - 0.005::DOUBLE) AS cut,
       (SELECT count(*) FROM (SELECT id FROM ${files} SEMI JOIN '${folder}/out/duplicates/*.parquet' AS d USING (id))) AS same,
       (SELECT count(*) FROM ${scores}) AS rows`,
  );
  expect(counts).toEqual({ ids: counts.cut, cut: counts.cut, same: counts.cut, rows: 1371n });
  expect(counts.ids).toBeGreaterThan(300n);
  // By hand, with another eps than that of the duplicates.
  const set = ['-set', 'output=out', '-set', 'overwrite=true', '-set', 'eps=0.1'];
  const other = await runHere([...set, '-f', script('6_cosmos_curate')], '', folder);
  expect(other.stderr).toContain(
    '6_cosmos_curate: the duplicates are not those of eps 0.1; run 5_identify.sql',
  );
  const plain = await runHere([...dedup('in.parquet'), 'out', '--overwrite'], '', folder);
  expect(plain.code).toBe(0);
  expect(list(folder, 'out')).toEqual(RESULTS);
});
