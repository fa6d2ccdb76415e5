import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { splitArguments } from '../../src/cli/dot/splitArguments.ts';
import { didYouMean } from '../../src/text/suggestions.ts';
import { runScript } from './inProcess.ts';
import { emptyDirectory, runCli } from './runCli.ts';

describe('splitArguments', () => {
  test.each([
    ['mode csv', ['mode', 'csv']],
    ['print  a   b ', ['print', 'a', 'b']],
    [`nullvalue ''`, ['nullvalue', '']],
    [`read 'my file.sql'`, ['read', 'my file.sql']],
    [String.raw`separator "\t" "\n"`, ['separator', '\t', '\n']],
    [String.raw`print "a \"b\" \\"`, ['print', 'a "b" \\']],
    [String.raw`print C:\dir`, ['print', String.raw`C:\dir`]],
    ['', []],
  ])('%j', (text, words) => {
    expect(splitArguments(text)).toEqual(words);
  });
});

describe('didYouMean', () => {
  test('names near ones first, and nothing far', () => {
    expect(didYouMean('.hedaers', ['.help', '.headers', '.mode'])).toBe('Did you mean: ".headers"');
    expect(didYouMean('.zzzzzz', ['.help', '.headers'])).toBe('');
  });
});

describe('dot commands', () => {
  test.each([
    ['.mode\n.mode csv\n.mode', 'current output mode: duckbox\ncurrent output mode: csv\n'],
    ['.print a  "b  c"', 'a b  c\n'],
    ['.mode csv\n.headers off\nSELECT 1 AS a;', '1\r\n'],
    ['.mode csv\n.nullvalue ""\nSELECT NULL AS a, 1 AS b;', 'a,b\r\n,1\r\n'],
    ['.mode list\n.separator ";" "|"\nSELECT 1 AS a, 2 AS b;', 'a;b|1;2|'],
    ['.maxrows 5\n.maxrows', 'current max rows: 5\n'],
    ['CREATE TABLE b(i INTEGER);\nCREATE VIEW a AS SELECT 1 AS x;\n.tables\n.tables b%', 'a\nb\nb\n'],
    ['CREATE TABLE t(i INTEGER);\n.schema', 'CREATE TABLE t(i INTEGER);\n'],
    ['.help xyz', "Nothing matches 'xyz'\n"],
    ['.prin short', 'short\n'],
  ])('%j', async (script, stdout) => {
    expect(await runScript(script)).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('.help lists commands and functions, and explains one', async () => {
    const list = (await runScript('.help')).stdout;
    expect(list).toContain('.mode ?MODE?');
    expect(list).toContain('\nkmeans ');
    const one = (await runScript('.help kmeans')).stdout;
    expect(one).toMatch(/^kmeans\(/);
    expect(one).toContain('Example: ');
    expect((await runScript('.help mode')).stdout).toContain(
      '    csv               Comma-separated values\n',
    );
  });

  test('.exit ends the run with its code', async () => {
    expect(await runScript('.exit 3\n.print no\n')).toEqual({ code: 3, stdout: '', stderr: '' });
  });

  test('.once and .output write files, whole', async () => {
    const directory = emptyDirectory();
    const script = `.mode list
.once ${directory}/once.csv
SELECT 1 AS a;
SELECT 2 AS a;
.output ${directory}/all.txt
SELECT 3 AS a;
.print x
.mode duckbox
FROM range(50);
.output
.print end
`;
    expect((await runScript(script)).stdout).toBe('a\n2\nend\n');
    expect(readFileSync(join(directory, 'once.csv'), 'utf8')).toBe('a\n1\n');
    const all = readFileSync(join(directory, 'all.txt'), 'utf8');
    expect(all).toMatch(/^a\n3\nx\n/);
    expect(all).toContain('│    25 │');
  });

  test('.timer prints beside the results', async () => {
    const { stdout, stderr } = await runScript('.timer on\nSELECT 1 AS a;\n', { mode: 'csv' });
    expect(stdout).toBe('a\n1\n');
    expect(stderr).toMatch(/^Run Time \(s\): real \d+\.\d{3} user \d+\.\d{6} sys \d+\.\d{6}\n$/);
  });

  test('.show prints the settings', async () => {
    const { stdout } = await runScript('.nullvalue n/a\n.show\n');
    expect(stdout).toContain('   nullvalue: "n/a"\n');
    expect(stdout).toContain('    filename: :memory:\n');
  });

  test.each([
    ['.hedaers on', `Unknown Command Error: Unrecognized command 'hedaers'\n\nDid you mean: ".headers"\n`],
    ['.m', 'It could be: .maxrows, .maxwidth, .mode\n'],
    ['.headers', `Invalid Command Error: Invalid usage of command '.headers'\n\nUsage: '.headers on|off'\n`],
    ['.mode nope', 'Error: mode should be one of: box csv duckbox json'],
    ['.read nope.sql', 'Error: cannot open "nope.sql"\n'],
    ['.output /nope/x', 'Error: cannot open "/nope/x"\n'],
    ['.cd /nope', 'Cannot change to directory "/nope"\n'],
    [
      '.read nearduck:x',
      'IO Error: no script "nearduck:x" in this package. The scripts are: 1_join_metadata, ',
    ],
    ['.open /nope/x.db', 'IO Error: Cannot open'],
    ['.import /nope.csv t', 'No files found that match the pattern "/nope.csv"'],
    ['.import --sikp 1 x.csv t', "Usage: '.import ?--csv? ?--skip N? FILE TABLE'"],
    ['.shell exit 3', 'System command returned 3\n'],
    ['.width 3', "Not Implemented Error: '.width' is not supported: use .maxwidth COUNT\n"],
    ['.dump t', "is not supported: use EXPORT DATABASE 'folder'\n"],
    ['.columns', 'is not supported: use .mode line\n'],
    ['.highlight on', "Not Implemented Error: '.highlight' is not supported\n"],
    ['.mode html', "Not Implemented Error: mode 'html' is not supported: use .mode markdown\n"],
  ])('%s is an error', async (command, message) => {
    const { code, stdout, stderr } = await runScript(`${command}\n.print not reached\n`, { bail: true });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('.import makes a table, and appends to one', async () => {
    const directory = emptyDirectory();
    writeFileSync(join(directory, 'a.csv'), 'i,s\n1,x\n');
    writeFileSync(join(directory, 'b.txt'), 'a remark\n2,y\n');
    const script = `COPY (SELECT 3 AS i, 'z' AS s) TO '${directory}/c.parquet';
.import ${directory}/a.csv "my table"
.import --csv --skip 1 ${directory}/b.txt "my table"
.import ${directory}/c.parquet "my table"
FROM "my table" ORDER BY i;
`;
    expect(await runScript(script, { mode: 'csv' })).toEqual({
      code: 0,
      stderr: '',
      stdout: 'i,s\n1,x\n2,y\n3,z\n',
    });
  });

  test('.open changes the database, whose files .databases lists', async () => {
    const file = join(emptyDirectory(), 'my.db');
    const script = `CREATE TABLE gone AS SELECT 1 AS a;
.open ${file}
CREATE TABLE t AS SELECT 5 AS a;
.databases
.open --readonly ${file}
FROM t;
DROP TABLE t;
FROM invalid_embeddings('SELECT 1 AS id, [1.0] AS embedding');
.open /nope/x.db
.tables
.open
.databases
`;
    const { stdout, stderr } = await runScript(script, { mode: 'csv' });
    const list = 'name,file,readonly\n';
    expect(stdout).toBe(`${list}my,${file},false\na\n5\nid,reason\nt\n${list}memory,(memory),false\n`);
    expect(stderr).toContain('attached in read-only mode');
    expect(stderr).toContain('Cannot open file "/nope/x.db"');
  });

  test('.help of a narrow terminal breaks between words', async () => {
    const { stdout } = await runScript('.help', { width: 80 });
    const lines = stdout.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const words = (text: string): string[] => text.split(/\s+/);
    expect(words(stdout)).toEqual(words((await runScript('.help')).stdout));
    const at = lines.findIndex((line) => line.startsWith('.bail'));
    expect(lines[at + 1]).toMatch(/^ {39}\S/);
  });
});

test('.sh is .shell, whose output the terminal gets', async () => {
  expect(await runCli(['-c', '.sh echo hi'])).toEqual({ code: 0, stdout: 'hi\n', stderr: '' });
});
