import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { runScript } from './inProcess.ts';
import { emptyDirectory, runCli } from './runCli.ts';
import { runHere } from './runHere.ts';

vi.setConfig({ testTimeout: 60_000 });

const unknownColumn = `Binder Error: Referenced column "x" was not found because the FROM clause is missing`;

describe('running commands', () => {
  test('-c prints a box', async () => {
    expect(await runCli(['-c', 'SELECT 42 AS answer'])).toEqual({
      code: 0,
      stderr: '',
      stdout: `\
┌────────┐
│ answer │
│ int32  │
├────────┤
│     42 │
└────────┘
`,
    });
  });

  test('options take effect in order', async () => {
    const { stdout } = await runHere(['-csv', '-c', 'SELECT 1 AS a', '-json', '-c', 'SELECT 2 AS b']);
    expect(stdout).toBe('a\n1\n[{"b":2}]\n');
  });

  test('the standard input is a script; its last semicolon may be missing', async () => {
    const script = 'CREATE TABLE t AS\n  SELECT 1 AS a;\n-- a comment\nFROM t;\nFROM t';
    expect(await runScript(script, { mode: 'csv' })).toEqual({ code: 0, stdout: 'a\n1\na\n1\n', stderr: '' });
  });

  test('-f runs a file and does not read the standard input', async () => {
    const directory = emptyDirectory();
    writeFileSync(join(directory, 'script.sql'), '.mode list\nSELECT 1 AS a;\n.print done\n');
    const result = await runCli(['-f', 'script.sql'], 'SELECT 2;', directory);
    expect(result).toEqual({ code: 0, stdout: 'a\n1\ndone\n', stderr: '' });
  });

  test('a database file keeps its tables; -readonly refuses to change them', async () => {
    const directory = emptyDirectory();
    await runHere(['my.db', '-c', 'CREATE TABLE t AS SELECT 7 AS a'], '', directory);
    const read = await runHere(['-readonly', '-list', '-noheader', 'my.db', 'FROM t'], '', directory);
    expect(read).toEqual({ code: 0, stdout: '7\n', stderr: '' });
    const write = await runHere(['-readonly', 'my.db', 'DROP TABLE t'], '', directory);
    expect(write.code).toBe(1);
    expect(write.stderr).toContain('read-only');
  });

  test('-set makes SQL variables', async () => {
    const query = `SELECT getvariable('eps') AS eps, getvariable('name') AS name, getvariable('none') AS none`;
    const { stdout } = await runHere([
      '-json',
      '-set',
      'eps=0.5',
      '-set',
      `name=it's`,
      '-set',
      'none=NULL',
      '-c',
      query,
    ]);
    expect(stdout).toBe(`[{"eps":"0.5","name":"it's","none":null}]\n`);
  });

  test.each(['docter', 'dedupe'])('%s is taken for a misspelt command, not for a database', async (name) => {
    const directory = emptyDirectory();
    const { code, stderr } = await runHere([name], '', directory);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^Error: no command and no database "${name}". Did you mean: "(doctor|dedup)"; `),
    );
    expect(readdirSync(directory)).toEqual([]);
    expect((await runHere([`./${name}`, '-c', 'CREATE TABLE t AS SELECT 1'], '', directory)).code).toBe(0);
    expect((await runHere([name, '-c', 'FROM t'], '', directory)).code).toBe(0);
  });

  test('-memory-limit limits DuckDB', async () => {
    const args = [
      '-memory-limit',
      '1GiB',
      '-list',
      '-noheader',
      '-c',
      `SELECT current_setting('memory_limit')`,
    ];
    expect((await runHere(args)).stdout).toBe('1.0 GiB\n');
  });

  test('-echo prints commands before their results', async () => {
    expect((await runScript('SELECT\n 1 AS a;\n.print x\n', { echo: true, mode: 'csv' })).stdout).toBe(
      'SELECT\n 1 AS a;\na\n1\n.print x\nx\n',
    );
  });

  test('~/.nearduckrc runs first, unless -no-init', async () => {
    const directory = emptyDirectory();
    writeFileSync(join(directory, '.nearduckrc'), '.mode list\n.print hello\n');
    expect((await runHere(['-c', 'SELECT 1 AS a'], '', directory)).stdout).toBe('hello\na\n1\n');
    expect((await runHere(['-no-init', '-csv', '-c', 'SELECT 1 AS a'], '', directory)).stdout).toBe('a\n1\n');
  });

  test('the nearduck functions are there', async () => {
    const rows = `(VALUES (0, [1.0, 0.0]), (1, [0.9, 0.1]), (2, [1.0, 0.0])) AS t(id, embedding)`;
    const script = `CREATE TABLE e AS SELECT * FROM ${rows};
      SELECT id, max_id FROM pairwise('e', cluster := NULL, rank_by := 'id') ORDER BY id;`;
    expect(await runScript(script, { mode: 'csv' })).toEqual({
      code: 0,
      stdout: 'id,max_id\n0,0\n1,0\n2,0\n',
      stderr: '',
    });
  });

  test('-help and -version', async () => {
    const { stdout } = await runHere(['-help']);
    expect(stdout).toMatch(/^Usage: nearduck \[OPTIONS\] \[DATABASE\]/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect((await runHere(['--version'])).stdout).toMatch(
      /^nearduck v\d+\.\d+\.\d+ \(DuckDB v\d+\.\d+\.\d+\)\n$/,
    );
  });
});

describe('errors', () => {
  test('go to stderr as DuckDB words them, with exit code 1', async () => {
    expect(await runCli(['-c', 'SELECT x'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `${unknownColumn}\n\nLINE 1: SELECT x\n               ^\n`,
    });
  });

  test('end a file and -c but not what is piped in, as in DuckDB; .bail decides otherwise', async () => {
    const script = 'SELECT x;\nSELECT 1 AS a;\n';
    const goesOn = { code: 1, stdout: 'a\n1\n' };
    const ends = { code: 1, stdout: '' };
    const directory = emptyDirectory();
    writeFileSync(join(directory, 'wrong.sql'), script);
    writeFileSync(join(directory, 'off.sql'), `.bail off\n${script}`);
    const csv = { mode: 'csv' } as const;
    expect(await runCli(['-csv'], script)).toMatchObject(goesOn);
    expect(await runScript(script, { ...csv, bail: true })).toMatchObject(ends);
    expect(await runScript(`.bail on\n${script}`, csv)).toMatchObject(ends);
    expect(await runHere(['-csv', '-f', 'wrong.sql', '-c', 'SELECT 2'], '', directory)).toMatchObject(ends);
    expect(await runHere(['-csv', '-c', 'SELECT x', '-c', 'SELECT 2'])).toMatchObject(ends);
    expect(await runHere(['-csv', '-f', 'off.sql'], '', directory)).toMatchObject(goesOn);
    const read = `.read ${directory}/wrong.sql\nSELECT 3 AS b;\n`;
    expect(await runScript(read, csv)).toMatchObject({ code: 1, stdout: 'b\n3\n' });
  });

  test('do not end the interactive shell, even with -bail, as in DuckDB', async () => {
    const script = 'SELECT x;\n.bail on\nSELECT 1 AS a;\n';
    expect(await runCli(['-csv', '-interactive'], script)).toMatchObject({ code: 1, stdout: 'a\n1\n' });
    expect(await runHere(['-csv', '-interactive', '-bail'], script)).toMatchObject({
      code: 1,
      stdout: 'a\n1\n',
    });
  });

  test('statements before the wrong one have run', async () => {
    const { code, stdout } = await runScript('SELECT 1 AS a; SELECT x; SELECT 2;', { mode: 'csv' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'a\n1\n' });
  });

  test.each([
    [['-f', 'nope.sql'], 'IO Error: Failed to open file "nope.sql"\n'],
    [['-nope'], `Unknown Option Error: Unrecognized option '-nope'\n`],
    [['-readonly', 'nope.db', '-c', 'SELECT 1'], 'IO Error: Cannot open database'],
    [['-memory-limit', 'lots', '-c', 'SELECT 1'], 'lots'],
    [
      ['-init', 'nope.rc', '-c', 'SELECT 1'],
      'Encountered errors while executing init file "nope.rc". Exiting.\n',
    ],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await runHere(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });
});

test('.read runs another script; .cd changes where it is looked for', async () => {
  const directory = emptyDirectory();
  writeFileSync(join(directory, 'inner.sql'), '.print inner\n');
  expect((await runHere([], `.cd ${directory}\n.read inner.sql\n.print outer\n`)).stdout).toBe(
    'inner\nouter\n',
  );
});

test('dot commands stand between statements only', async () => {
  expect((await runScript(`SELECT '\n.print x\n' AS a;`, { mode: 'csv' })).stdout).toBe(
    'a\n"\n.print x\n"\n',
  );
});

test('SET TimeZone shows in timestamps', async () => {
  const script = `SET TimeZone = 'Asia/Kathmandu'; SELECT '2024-07-01 00:00:00+00'::TIMESTAMPTZ AS t;`;
  expect((await runScript(script, { mode: 'csv' })).stdout).toBe('t\n2024-07-01 05:45:00+05:45\n');
});

test('EXPLAIN prints a plan whatever the mode, and leaves no files', async () => {
  const directory = emptyDirectory();
  const { stdout } = await runHere(['-json', '-c', 'EXPLAIN SELECT 42'], '', directory);
  expect(stdout).toContain('││       Physical Plan       ││');
  expect(existsSync(join(directory, ':memory:'))).toBe(false);
});

test('control characters of data and names do not reach the terminal through errors and notices', async () => {
  const esc = '\u001B]0;title\u0007\u001B[2J\u009B31m\u007F';
  const text = `${esc.replaceAll('\u001B', `' || chr(27) || '`)}' || chr(13) || '`;
  const ids = `SELECT '${text}' || i // 2 AS id, [1, i]::FLOAT[] AS embedding FROM range(3) AS t(i)`;
  const statements = [
    `CREATE TABLE t AS ${ids}`,
    `FROM kmeans('t', 2)`,
    `SELECT error('said ${text}')`,
    `SELECT ('${text}')::INTEGER`,
    `FROM "${esc}"`,
    `FROM kmeans('file ${esc}', 2)`,
    `SELECT\n\tnope`,
  ];
  const { code, stderr } = await runHere([], statements.map((sql) => `${sql};\n`).join(''));
  expect(code).toBe(1);
  expect(stderr.replaceAll('\n', '').replaceAll('\t', '')).not.toMatch(/\p{Cc}/u);
  for (const shown of [
    String.raw`more than once: \x1b]0;title\x07\x1b[2J\x9b31m\x7f\x0d0;`,
    String.raw`said \x1b]0;title\x07`,
    String.raw`Could not convert string '\x1b]0;title`,
    String.raw`Table with name \x1b]0;title\x07`,
    String.raw`relation 'file \x1b]0;title\x07`,
  ])
    expect(stderr).toContain(shown);
  // Line breaks and tabs of the message are not escaped.
  expect(stderr).toContain('LINE 2: \tnope');
});

test('dedup shows control characters of an id column as escapes', async () => {
  const folder = emptyDirectory();
  const sql = `COPY (SELECT 'i' || chr(27) || '[2J' AS id, [1, 2]::FLOAT[] AS embedding FROM range(2)) TO 'in.parquet'`;
  expect(await runHere(['-c', sql], '', folder)).toMatchObject({ code: 0 });
  const { code, stderr } = await runHere(
    ['dedup', 'in.parquet', '--output', 'out', '--backend', 'cpu'],
    '',
    folder,
  );
  expect(code).toBe(1);
  expect(stderr).toContain(String.raw`more than once: i\x1b[2J;`);
});

test('-f nearduck:NAME runs a script of the package', async () => {
  const directory = emptyDirectory();
  const pairs = `COPY (SELECT i AS id, 0 AS max_id, (i / 100)::FLOAT AS cosine_sim_score FROM range(100) AS t(i))
    TO 'out/pairwise_results/pairs.parquet'`;
  mkdirSync(join(directory, 'out', 'pairwise_results'), { recursive: true });
  const args = ['-list', '-c', pairs, '-set', 'output=out', '-set', 'eps=0.2', '-f', 'nearduck:4_choose_eps'];
  const { code, stdout } = await runHere(args, '', directory);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^eps\|duplicates\|share\n0\.0\|0\|0\.0\n/);
  expect(stdout).toMatch(/\n0\.2\|20\|0\.2\n/);
  const { stderr } = await runHere(['-f', 'nearduck:5_identfy']);
  expect(stderr).toBe(
    'IO Error: no script "nearduck:5_identfy" in this package. Did you mean: "5_identify"\n',
  );
});
