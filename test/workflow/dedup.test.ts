import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { displayWidth } from '../../src/text/displayWidth.ts';
import { binary } from '../cli/runCli.ts';
import { runHere } from '../cli/runHere.ts';
import { CLIPS, clipFiles, clips, columns, count, list, metadata, query, temporaryFolder } from './clips.ts';

/** Runs a command of the summary in a shell, with this build as `nearduck`. */
async function runPrinted(command: string, cwd: string): Promise<number | null> {
  const shell = spawn('sh', ['-c', `nearduck() { "$NODE" "$NEARDUCK" "$@"; }; ${command}`], {
    cwd,
    env: { ...process.env, HOME: cwd, NODE: process.execPath, NEARDUCK: binary },
  });
  const ended = new Promise<number | null>((resolve) => shell.on('close', resolve));
  await Promise.all([text(shell.stdout), text(shell.stderr)]);
  return ended;
}

const printed = (stdout: string, title: string): string =>
  new RegExp(`^${title}: +(nearduck (?:.*\\\\\n)*.*)$`, 'm').exec(stdout)![1];

/** Lines of more than 80 columns, except those with a long path. */
const tooWide = (stdout: string): string[] =>
  stdout.split('\n').filter((line) => displayWidth(line) > 80 && !line.startsWith('files'));

describe('the main job', () => {
  test.skipIf(process.platform !== 'linux')(
    'runs where addresses are limited (only Linux has ulimit -v)',
    async () => {
      const folder = temporaryFolder();
      const limited = `ulimit -v 20000000; nearduck dedup '${clips}' --output`;
      const options = '--clusters 20 --eps 0.005 --backend cpu --threads 1';
      expect(await runPrinted(`${limited} limited ${options}`, folder)).toBe(0);
      expect(
        (await runHere(['dedup', clips, '--output', 'free', ...options.split(' ')], '', folder)).code,
      ).toBe(0);
      const rows = (name: string): Promise<unknown> => query(`FROM '${folder}/${name}/duplicates/*.parquet'`);
      expect(await rows('limited')).toEqual(await rows('free'));
    },
  );

  test('writes what it says: layout, columns, sorted ids, metadata without exactly those rows', async () => {
    const folder = temporaryFolder();
    const args = [
      'dedup',
      clips,
      '--output',
      'out',
      '--clusters',
      '20',
      '--eps',
      '0.005',
      '--backend',
      'cpu',
      '--threads',
      '1',
    ];
    const ranked = ['--rank-by', 'bytes DESC', '--metadata', metadata];
    const { code, stdout, stderr } = await runHere([...args, ...ranked], '', folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(list(folder)).toEqual(['out']);
    expect(list(folder, 'out')).toEqual([
      'deduplicated',
      'duplicates',
      'groups',
      'kmeans_results',
      'pairwise_results',
      'run.json',
    ]);
    const at = (name: string): string => `'${folder}/out/${name}/*.parquet'`;
    expect(await columns(at('kmeans_results'))).toEqual({
      id: 'VARCHAR',
      centroid: 'INTEGER',
      cosine_dist_to_cent: 'FLOAT',
      l2_dist_to_cent: 'FLOAT',
    });
    expect(await columns(at('pairwise_results'))).toEqual({
      id: 'VARCHAR',
      max_id: 'VARCHAR',
      cosine_sim_score: 'FLOAT',
      centroid: 'INTEGER',
      rank: 'BIGINT',
      checked_score: 'FLOAT',
    });
    expect(await columns(at('duplicates'))).toEqual({ id: 'VARCHAR' });
    expect(await columns(at('deduplicated'))).toEqual(await columns(`'${metadata}'`));

    const found = await count(at('duplicates'));
    expect(found).toBeGreaterThan(360);
    expect(found).toBeLessThan(390);
    expect(tooWide(stdout)).toEqual([]);
    expect(stdout).toMatch(/^rows +1,371, 0 invalid\nclusters +20, of /);
    expect(stdout).toContain(`\nduplicates  ${found} (`);
    expect(stdout).toMatch(/^backend +cpu \(ONNX Runtime .*, 1 thread\)$/m);
    expect(stdout.replaceAll(/\n {12}/g, ' ')).toContain(
      `\nexport      1,371 metadata rows in, ${found} dropped, ${CLIPS - found} kept; 0 duplicate ids not in the metadata\n`,
    );
    const [checks] = await query(`
      SELECT
        (SELECT list(id) = list_sort(list(id)) FROM ${at('duplicates')}) AS sorted,
        (SELECT count(*) FROM (
          (SELECT id FROM ${at('pairwise_results')} WHERE cosine_sim_score::DOUBLE >= 1::DOUBLE - 0.005::DOUBLE)
          EXCEPT FROM ${at('duplicates')})) AS missed,
        (SELECT count(*) FROM (
          (FROM '${metadata}' ANTI JOIN ${at('duplicates')} USING (id)) EXCEPT FROM ${at('deduplicated')})) AS lost,
        (SELECT count(*) FROM ${at('deduplicated')}) AS kept,
        (SELECT count(*) FROM ${at('deduplicated')} SEMI JOIN ${at('duplicates')} USING (id)) AS left_in,
        -- Never dropped: the first-ranked row of each cluster, the largest file.
        (SELECT count(*) FROM (
          SELECT arg_max(id, bytes) AS id FROM ${at('kmeans_results')} JOIN '${metadata}' USING (id) GROUP BY centroid
        ) SEMI JOIN ${at('duplicates')} USING (id)) AS first_ranked`);
    expect(checks).toEqual({
      sorted: true,
      missed: 0n,
      lost: 0n,
      kept: BigInt(CLIPS - found),
      left_in: 0n,
      first_ranked: 0n,
    });
  });

  test('stops after pairwise without --eps, and the commands it prints go on from there', async () => {
    const folder = temporaryFolder();
    const args = ['dedup', clips, '--output', 'out', '--clusters', '20', '--metadata', metadata];
    const { code, stdout } = await runHere(args, '', folder);
    expect(code).toBe(0);
    expect(list(folder, 'out')).toEqual(['kmeans_results', 'pairwise_results', 'run.json']);
    expect(stdout).toContain('No --eps given');
    expect(tooWide(stdout)).toEqual([]);
    expect(await runPrinted(printed(stdout, 'Look closer'), folder)).toBe(0);
    expect(await runPrinted(printed(stdout, 'Go on'), folder)).toBe(0);
    expect(list(folder, 'out')).toEqual([
      'deduplicated',
      'duplicates',
      'groups',
      'kmeans_results',
      'pairwise_results',
      'run.json',
    ]);
    const found = await count(`'${folder}/out/duplicates/*.parquet'`);
    const eps = /-set eps=([\d.]+) /.exec(stdout)![1];
    const said = new RegExp(`│ +${eps.replace('.', '\\.')} +│ +(\\d+) +│`).exec(stdout)?.[1];
    expect(String(found)).toBe(said);
    expect(
      Math.max(
        ...stdout
          .split('\n')
          .filter((line) => /[│┌└]/.test(line))
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
    expect(await count(`'${folder}/out/deduplicated/*.parquet'`)).toBe(CLIPS - found);
  });

  test('--with-embeddings writes centroid=<n>/ with embeddings and metadata', async () => {
    const folder = temporaryFolder();
    const args = ['--output', 'out', '--clusters', '5', '--with-embeddings', '--metadata', metadata];
    expect((await runHere(['dedup', clips, ...args], '', folder)).code).toBe(0);
    const folders = list(folder, 'out/kmeans_results');
    expect(folders).toEqual(['centroid=0', 'centroid=1', 'centroid=2', 'centroid=3', 'centroid=4']);
    const files = `read_parquet('${folder}/out/kmeans_results/*/*.parquet', hive_partitioning = true)`;
    expect(await columns(files)).toEqual({
      id: 'VARCHAR',
      embedding: 'FLOAT[]',
      ...Object.fromEntries(Object.entries(await columns(`'${metadata}'`)).filter(([name]) => name !== 'id')),
      cosine_dist_to_cent: 'FLOAT',
      l2_dist_to_cent: 'FLOAT',
      centroid: 'BIGINT',
    });
    expect(
      await query(`SELECT count(*) AS n FROM ${files} AS a JOIN '${clipFiles}' AS b USING (id, embedding)`),
    ).toEqual([{ n: BigInt(CLIPS) }]);
  });

  test('--overwrite replaces a folder, and nothing else does', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'out/deduplicated'), { recursive: true });
    const args = ['dedup', clips, '--output', 'out', '--clusters', '5', '--eps', '0.01'];
    expect(await runHere(args, '', folder)).toEqual({
      code: 1,
      stdout: '',
      stderr: `IO Error: output folder 'out' exists already; choose another one, or replace its results with --overwrite\n`,
    });
    expect(list(folder, 'out')).toEqual(['deduplicated']);
    expect((await runHere([...args, '--overwrite'], '', folder)).code).toBe(0);
    expect(list(folder)).toEqual(['out']);
    expect(list(folder, 'out')).toEqual([
      'duplicates',
      'groups',
      'kmeans_results',
      'pairwise_results',
      'run.json',
    ]);
  });

  test('an empty folder is taken as it is', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'out'));
    const args = ['dedup', clips, '--output', 'out', '--clusters', '5', '--eps', '0.01'];
    expect((await runHere(args, '', folder)).code).toBe(0);
    expect(list(folder)).toEqual(['out']);
    expect(list(folder, 'out')).toEqual([
      'duplicates',
      'groups',
      'kmeans_results',
      'pairwise_results',
      'run.json',
    ]);
  });

  test('a summary that nobody reads is no failure', async () => {
    const folder = temporaryFolder();
    const child = spawn(process.execPath, [binary, 'dedup', clips, '--output', 'out', '--clusters', '5'], {
      cwd: folder,
    });
    child.stdout.destroy();
    const ended = new Promise((resolve) => child.on('close', resolve));
    expect(await text(child.stderr)).toBe('');
    expect(await ended).toBe(0);
    expect(list(folder, 'out')).toEqual(['kmeans_results', 'pairwise_results', 'run.json']);
  });

  test('a run that fails leaves the folder --overwrite would have replaced', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'out/duplicates'), { recursive: true });
    const args = ['dedup', clips, '--output', 'out', '--clusters', '5000', '--overwrite'];
    expect((await runHere(args, '', folder)).code).toBe(1);
    expect(list(folder)).toEqual(['out']);
    expect(list(folder, 'out')).toEqual(['duplicates']);
  });

  test('--overwrite leaves alone what nearduck did not write, its own input above all', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'data'));
    await query(`COPY (SELECT 1 AS id, [1, 2]::FLOAT[] AS embedding) TO '${folder}/data/in.parquet'`);
    const cases: [input: string, output: string, message: string][] = [
      ['data', 'data', `output folder 'data' contains 'data', which this run reads`],
      ['data/*.parquet', 'data', `output folder 'data' contains 'data/*.parquet', which this run reads`],
      ['data/in.parquet', '.', `output folder '.' contains 'data/in.parquet', which this run reads`],
      [clips, 'data/in.parquet', 'is a file'],
    ];
    for (const [input, output, message] of cases) {
      const { code, stderr } = await runHere(['dedup', input, '--output', output, '--overwrite'], '', folder);
      expect(code, message).toBe(1);
      expect(stderr).toContain(message);
      expect(list(folder)).toEqual(['data']);
      expect(list(folder, 'data')).toEqual(['in.parquet']);
    }
  });

  test('zero duplicates write a valid empty file with the right type', async () => {
    const folder = temporaryFolder();
    await query(
      `COPY (SELECT unnest([3, 4])::UINTEGER AS id, unnest([[1, 0], [0, 1]])::FLOAT[] AS embedding) TO '${folder}/in.parquet'`,
    );
    const { code, stdout } = await runHere(
      ['dedup', 'in.parquet', '--output', 'out', '--eps', '0'],
      '',
      folder,
    );
    expect(code).toBe(0);
    expect(stdout).toContain('duplicates  0 (0.0 %) at eps 0\n');
    const file = `'${folder}/out/duplicates/*.parquet'`;
    expect([await columns(file), await count(file)]).toEqual([{ id: 'UINTEGER' }, 0]);
  });

  test('duplicates are compared as DOUBLE: a score of 0.9::FLOAT is none at eps 0.1', async () => {
    const folder = temporaryFolder();
    // 0.9::FLOAT is 0.89999998; the third row's score rounds to the FLOAT above it.
    await query(
      `COPY (FROM (VALUES (1, [1.0, 0.0]), (2, [0.9, sqrt(0.19)]), (3, [0.9000001, -sqrt(1 - 0.9000001 ** 2)])) AS t(id, embedding))
       TO '${folder}/in.parquet'`,
    );
    const args = ['dedup', 'in.parquet', '--output', 'out', '--eps', '0.1', '--rank-by', 'id'];
    expect((await runHere([...args, '--backend', 'cpu'], '', folder)).code).toBe(0);
    const scores = await query(
      `SELECT id, cosine_sim_score FROM '${folder}/out/pairwise_results/*.parquet' ORDER BY id`,
    );
    expect(scores[1].cosine_sim_score).toBe(Math.fround(0.9));
    expect(await query(`FROM '${folder}/out/duplicates/*.parquet'`)).toEqual([{ id: 3 }]);
  });
});

describe('Ctrl-C', () => {
  const start = (args: readonly string[], cwd: string) => {
    const child = spawn(process.execPath, [binary, 'dedup', ...args], {
      cwd,
      env: { ...process.env, HOME: cwd },
    });
    // Without the interrupt, the run would take hours.
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };

  async function until(child: ReturnType<typeof start>, condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (child.exitCode !== null) throw new Error(`ended early: ${await text(child.stderr)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The workspace of the run that writes to `out`. Undefined before there is one. */
  const workspace = (folder: string): string | undefined => {
    const path = join(folder, 'out/.nearduck');
    const name = existsSync(path) ? readdirSync(path).find((entry) => entry !== 'lock') : undefined;
    return name && join(path, name);
  };

  async function interrupted(child: ReturnType<typeof start>, remains: RegExp): Promise<void> {
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    const output = Promise.all([text(child.stdout), text(child.stderr)]);
    const at = performance.now();
    child.kill('SIGINT');
    const [stdout, stderr] = await output;
    expect([await closed, stdout]).toEqual([130, '']);
    expect(stderr).toMatch(remains);
    expect(performance.now() - at).toBeLessThan(5000);
  }

  test('while DuckDB runs, leaves nothing but the finished steps', async () => {
    const folder = temporaryFolder();
    // An export that would take hours.
    const endless = `SELECT id FROM '${metadata}' UNION ALL SELECT range::VARCHAR FROM range(1000000000000)`;
    const args = [clips, '--output', 'out', '--clusters', '5', '--eps', '0.005', '--metadata', endless];
    const child = start(args, folder);
    await until(child, () => existsSync(join(workspace(folder) ?? 'none', 'new/.nearduck')));
    await interrupted(
      child,
      /^INTERRUPT Error: Interrupted!\nFinished steps are kept in '.*out': .* --resume/,
    );
    expect(list(folder, 'out')).toEqual(['.nearduck']);
    expect(list(folder, 'out/.nearduck')).toEqual(['steps']);
  });

  test('while clusters are computed, leaves nothing but what was there', async () => {
    const folder = temporaryFolder();
    await query(
      `COPY (SELECT i AS id, list_transform(range(64), lambda j: hash(i * 64 + j) / 1.8e19 - 0.5)::FLOAT[] AS embedding
             FROM range(60000) AS t(i)) TO '${folder}/in.parquet'`,
    );
    mkdirSync(join(folder, 'out'));
    const child = start(['in.parquet', '--output', 'out', '--clusters', '4000', '--overwrite'], folder);
    await until(child, () => workspace(folder) !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await interrupted(child, /^INTERRUPT Error: Interrupted! Nothing was written\.\n$/);
    expect(list(folder)).toEqual(['in.parquet', 'out']);
    expect(list(folder, 'out')).toEqual([]);
  });
});
