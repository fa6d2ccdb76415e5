import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { abortUploads } from '../../src/session/s3/requests.ts';
import { signedHeaders } from '../../src/session/s3/signature.ts';
import { ended, Harness, KEYS, type CliResult } from './harness.ts';

const parts = inject('parts');

describe.skipIf(parts === undefined)('S3 for real', () => {
  let s3: Harness;
  let outputs = 0;
  /** A prefix that no other test uses. */
  const freshOutput = (): string => `s3://bucket/out${++outputs}`;
  const shell = (...args: string[]): Promise<CliResult> => s3.run(['-csv', '-noheader', ...args]);
  const dedup = (output: string, ...args: string[]): Promise<CliResult> =>
    s3.run(['dedup', 's3://bucket/in', '--output', output, '--backend', 'cpu', ...args]);
  const settings = () => ({ endpoint: { host: new URL(s3.url).host, useSsl: false } });

  beforeAll(async () => {
    s3 = await Harness.start(parts!);
    const made = await shell(
      '-c',
      `COPY (SELECT i AS id, list_transform(range(32), lambda d: (hash((i // 2) * 100 + d) % 2001)::DOUBLE - 1000) AS embedding FROM range(1000) r(i)) TO 's3://bucket/in/a.parquet'`,
      '-c',
      `COPY (SELECT i AS id, 'clip ' || i AS name FROM range(1000) r(i)) TO 's3://bucket/meta.parquet'`,
    );
    if (made.code !== 0) throw new Error(made.stderr);
  });
  afterAll(() => s3?.stop());
  beforeEach(() => s3.proxy.reset());

  describe('all goes well', () => {
    test('input, metadata in a statement, and output; then the printed "Go on" line as printed', async () => {
      const output = freshOutput();
      const metadata = `SELECT * FROM 's3://bucket/meta.parquet'`;
      const first = await dedup(output, '--metadata', metadata);
      expect(first).toMatchObject({ code: 0, stderr: '' });
      const line = /^Go on: +nearduck (.*)$/m.exec(first.stdout.replaceAll(/ \\\n +/g, ' '))![1];
      const words = [...line.matchAll(/'((?:[^']|'\\'')*)'|(\S+)/g)].map(
        ([, quoted, plain]) => plain ?? quoted.replaceAll(`'\\''`, `'`),
      );
      const second = await s3.run(words);
      expect([second.code, second.stderr]).toEqual([0, '']);
      const eps = words.find((word) => word.startsWith('eps='))!.slice('eps='.length);
      const counted = await shell(
        '-c',
        `SELECT count(*) = count(*) FILTER (is_duplicate(cosine_sim_score, ${eps})) AND count(*) >= 500
         FROM '${output}/duplicates/*.parquet' RIGHT JOIN '${output}/pairwise_results/*.parquet' USING (id)
         WHERE id IN (FROM duplicates('${output}/pairwise_results/*.parquet', ${eps}))`,
        '-c',
        `SELECT (SELECT count(*) FROM '${output}/duplicates/*.parquet') + count(*) FROM '${output}/deduplicated/*.parquet'`,
      );
      expect(counted.stdout).toBe('true\n1000\n');
    });

    test('a view of a database file over s3://', async () => {
      await shell('views.duckdb', '-c', `CREATE VIEW meta AS FROM 's3://bucket/meta.parquet'`);
      expect(await shell('views.duckdb', '-c', 'SELECT count(*) FROM meta')).toMatchObject({
        code: 0,
        stdout: '1000\n',
      });
    });

    test.each([
      ['at the same moment', undefined],
      ['one begins when the other has claimed the prefix', /^PUT .*nearduck-.*json/],
      ['one begins while the other writes', /^PUT .*kmeans_results/],
    ])('two runs on one output, %s: one of them writes, or none', async (_, begins) => {
      const output = freshOutput();
      const start = (): Promise<CliResult> => dedup(output, '--with-embeddings');
      const begun = new Promise<void>((resolve) => {
        if (begins === undefined) resolve();
        s3.proxy.onRequest = (line) => void (begins?.test(line) === true && resolve());
      });
      const results = await Promise.all([start(), begun.then(start)]);
      for (const { code, stderr } of results.filter(({ code }) => code !== 0))
        expect([code, stderr]).toEqual([
          1,
          expect.stringContaining(`output '${output}' is not empty: it contains `),
        ]);
      const winners = results.filter(({ code }) => code === 0).length;
      // Two runs that begin at the same time may each see the other.
      expect([...(begins ? [] : [0]), 1]).toContain(winners);
      const rows = s3
        .objects(output.slice('s3://bucket/'.length))
        .filter((name) => name.endsWith('.parquet'));
      const runs = new Set(rows.map((name) => /([^/]*)_\d+\.parquet$/.exec(name)?.[1]));
      expect(runs.size).toBe(winners);
      if (winners === 0) return;
      const counted = await shell('-c', `SELECT count(*) FROM '${output}/kmeans_results/*/*.parquet'`);
      expect(counted.stdout).toBe('1000\n');
    });

    test('a secret made in a transaction that is rolled back is made again', async () => {
      const count = `SELECT count(*) FROM 's3://bucket/meta.parquet'`;
      const result = await shell('-c', `BEGIN; ${count}; ROLLBACK; ${count}`);
      expect(result).toMatchObject({ code: 0, stdout: '1000\n1000\n', stderr: '' });
    });
  });

  describe('storage that fails for a while is waited for', () => {
    test.each([
      ['503 for four seconds, everything', { match: /./, fault: 'slow down', ms: 4000 }],
      ['resets for two seconds, everything', { match: /./, fault: 'reset', ms: 2000 }],
      ['503 for four seconds, when reading', { match: /^GET .*a\.parquet/, fault: 'slow down', ms: 4000 }],
      [
        '503 for four seconds, when writing',
        { match: /^PUT .*(kmeans|pairwise)/, fault: 'slow down', ms: 4000 },
      ],
      ['resets for four seconds, at the commit', { match: /^PUT .*run\.json/, fault: 'reset', ms: 4000 }],
      [
        '503 for four seconds, at the last listing',
        { match: /^GET .*list-type.*prefix=out\d+%2F(?!.*delimiter)/, fault: 'slow down', ms: 4000 },
      ],
      ['answers cut in half, ten of them', { match: /^GET .*a\.parquet/, fault: 'truncate', count: 10 }],
      ['answers that take their time', { match: /./, fault: 'delay' }],
    ] as const)('%s', async (_, rule) => {
      const output = freshOutput();
      s3.proxy.reset([rule]);
      const { code, stderr } = await dedup(output, '--eps', '0.01');
      expect(stderr.replaceAll(/^S3: .*retrying for up to 300 seconds\n/gm, '')).toBe('');
      expect(code).toBe(0);
      expect(s3.proxy.requests.filter((line) => line.endsWith(rule.fault)).length).toBeGreaterThan(3);
      s3.proxy.reset();
      const counted = await shell('-c', `SELECT count(*) FROM '${output}/duplicates/*.parquet'`);
      expect(counted.stdout).toBe('500\n');
    });

    test('--s3-patience 0 leaves it to DuckDB; 6 gives up after about as many seconds', async () => {
      s3.proxy.reset([{ match: /./, fault: 'slow down' }]);
      const hasty = await dedup(freshOutput(), '--s3-patience', '0');
      expect([hasty.code, hasty.stderr]).toEqual([1, expect.stringContaining('HTTP 503')]);
      const patient = await dedup(freshOutput(), '--s3-patience', '6');
      expect([patient.code, patient.stderr]).toEqual([1, expect.stringContaining('HTTP 503')]);
      expect(patient.seconds - hasty.seconds).toBeGreaterThan(3);
    });

    test('the user’s own SET wins', async () => {
      s3.proxy.reset([{ match: /meta\.parquet/, fault: 'slow down' }]);
      const { code, seconds } = await shell(
        '-c',
        `LOAD '${parts!.httpfs}'; SET http_retries = 1; FROM 's3://bucket/meta.parquet'`,
      );
      expect(code).toBe(1);
      expect(seconds).toBeLessThan(6);
    });
  });

  describe('what no patience helps against ends at once', () => {
    test.each([
      ['forbidden', /403/],
      ['expired', /ExpiredToken|400/],
    ] as const)('%s, in the shell and in dedup', async (fault, message) => {
      s3.proxy.reset([{ match: /meta\.parquet/, fault }]);
      const results = [
        await shell('-c', `FROM 's3://bucket/meta.parquet'`),
        await dedup(freshOutput(), '--metadata', 's3://bucket/meta.parquet'),
        await dedup(freshOutput(), '--metadata', `SELECT * FROM 's3://bucket/meta.parquet'`),
      ];
      s3.proxy.reset([{ match: /./, fault }]);
      results.push(await dedup(freshOutput()), await shell('-c', `FROM 's3://bucket/*.parquet'`));
      for (const { code, stderr, seconds } of results) {
        expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
        expect(seconds).toBeLessThan(8);
      }
    });
  });

  describe('what cannot be finished', () => {
    test('a write that is refused: the objects that are there, and how to go on', async () => {
      const output = freshOutput();
      s3.proxy.reset([{ match: /^PUT .*pairwise_results/, fault: 'forbidden' }]);
      const { code, stderr } = await dedup(output);
      expect(code).toBe(1);
      const id = /nearduck-(.*)\.json/.exec(
        s3.objects(output.slice(12)).find((name) => /nearduck-/.test(name))!,
      )![1];
      expect(stderr).toContain(
        ` are below '${output}', without the run.json that a complete one has: kmeans_results/${id}_0.parquet, nearduck-${id}.json; ` +
          `choose another prefix, or remove them with: aws s3 rm --recursive '${output}' --exclude '*' --include '*${id}*'\n`,
      );
    });

    test('Ctrl-C while writing: what is there; uploads that were cut off are aborted', async () => {
      const output = freshOutput();
      const child = s3.spawn(['dedup', 's3://bucket/in', '--output', output, '--backend', 'cpu']);
      s3.proxy.reset([{ match: /^PUT .*pairwise_results/, fault: 'slow down' }]);
      let upload: Promise<unknown> | undefined;
      s3.proxy.onRequest = (line) => {
        const id = /nearduck-(.*)\.json/.exec(line)?.[1];
        if (id) upload ??= beginUpload(s3, `${output.slice(12)}/kmeans_results/${id}_9.parquet`);
        if (line.includes('pairwise_results')) child.kill('SIGINT');
      };
      const { code, stderr } = await ended(child);
      await upload;
      expect([code, stderr]).toEqual([
        130,
        expect.stringMatching(
          /^INTERRUPT Error: Interrupted!\n\d objects of this run .* are below '.*; choose another prefix, or remove them/,
        ),
      ]);
      expect(stderr).not.toContain('could not be cleared up');
      expect(s3.proxy.requests.filter((line) => /^DELETE .*uploadId/.test(line))).toHaveLength(1);
      expect(s3.objects('.').filter((name) => name.includes('.sgwtmp'))).toEqual([]);
    });

    test('DuckDB’s own upload that fails is found and aborted', async () => {
      s3.proxy.reset([{ match: /^PUT .*partNumber=2/, fault: 'forbidden' }]);
      const copy = `COPY (SELECT i, random() AS r, uuid() AS u FROM range(600000) r(i)) TO 's3://bucket/big/x-run1.parquet'`;
      const { code } = await shell(
        '-c',
        `LOAD '${parts!.httpfs}'; SET s3_uploader_max_filesize = '50GB'; ${copy}`,
      );
      expect(code).toBe(1);
      s3.proxy.reset();
      const access = { credentials: KEYS, settings: settings() };
      expect(await abortUploads(access, 's3://bucket/big', 'other')).toBe(0);
      expect(await abortUploads(access, 's3://bucket/big/', 'run1')).toBe(1);
      expect(await abortUploads(access, 's3://bucket/big', 'run1')).toBe(0);
      const stranger = { ...access, credentials: { ...KEYS, secretAccessKey: 'wrong' } };
      await expect(abortUploads(stranger, 's3://bucket/big', 'run1')).rejects.toThrow(
        'IO Error: S3: GET answered HTTP 403 SignatureDoesNotMatch',
      );
    });
  });

  describe('a server that accepts and never answers', () => {
    const read = `SELECT count(*) FROM 's3://bucket/in/*.parquet'`;
    test.each([
      [
        'dedup',
        300,
        (): string[] => ['dedup', 's3://bucket/in', '--output', freshOutput(), '--backend', 'cpu'],
      ],
      ['a script', 300, (): string[] => ['-c', read]],
      // A statement may be slow to stop, so more than a second must pass.
      ['the shell', 1500, (): string[] => ['-interactive', '-cmd', read]],
    ])('%s: a second Ctrl-C ends the process', async (_, wait, args) => {
      s3.proxy.reset([{ match: /bucket/, fault: 'hang' }]);
      const child = s3.spawn(args());
      await new Promise<void>((resolve) => (s3.proxy.onRequest = () => resolve()));
      child.kill('SIGINT');
      await new Promise((resolve) => setTimeout(resolve, wait));
      const start = performance.now();
      child.kill('SIGINT');
      const { signal } = await ended(child);
      expect(signal).toBe('SIGINT');
      expect(performance.now() - start).toBeLessThan(1000);
    });
  });

  test('httpfs that cannot be had is named only by statements that need it', async () => {
    const env = { ...s3.environment, NEARDUCK_HTTPFS: '/nowhere/httpfs.duckdb_extension' };
    const harmless = await s3.run(['-csv', '-noheader', '-c', `SELECT 's3://bucket'`], env);
    expect(harmless).toMatchObject({ code: 0, stdout: 's3://bucket\n', stderr: '' });
    const needy = await s3.run(
      ['-set', 'x=s3://bucket/meta.parquet', '-c', `FROM read_parquet(getvariable('x'))`],
      env,
    );
    expect([needy.code, needy.stderr]).toEqual([
      1,
      expect.stringContaining(`could not be loaded from '/nowhere/httpfs.duckdb_extension'`),
    ]);
    const option = await dedup(freshOutput(), '--httpfs', '/elsewhere/httpfs.duckdb_extension');
    expect(option.stderr).toContain(`could not be loaded from '/elsewhere/httpfs.duckdb_extension'`);
  });
});

async function beginUpload(s3: Harness, key: string): Promise<void> {
  const url = new URL(`http://127.0.0.1:${s3.port}/bucket/${key}?uploads=`);
  const headers = signedHeaders(
    { method: 'POST', url, region: 'us-east-1', body: '', now: new Date() },
    KEYS,
  );
  const response = await fetch(url, { method: 'POST', headers });
  if (!response.ok) throw new Error(await response.text());
}
