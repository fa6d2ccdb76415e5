import { describe, expect, test } from 'vitest';
import { UsageError, parseArguments, usage } from '../../src/cli/options/options.ts';
import { setVariable } from '../../src/cli/runShell.ts';

describe('parseArguments', () => {
  test('without arguments the standard input is read', () => {
    expect(parseArguments([])).toEqual({ session: { config: {} }, readStdin: true, actions: [] });
  });

  test('options take effect in their order of appearance', () => {
    expect(parseArguments(['-csv', '-c', 'SELECT 1', '--json', '-c', 'SELECT 2'])).toEqual({
      session: { config: {} },
      readStdin: false,
      actions: [
        { kind: 'change', settings: { mode: 'csv' } },
        { kind: 'run', text: 'SELECT 1' },
        { kind: 'change', settings: { mode: 'json' } },
        { kind: 'run', text: 'SELECT 2' },
      ],
    });
  });

  test('the first word is the database, further ones are SQL', () => {
    expect(parseArguments(['my.db', '-readonly', 'SELECT 1'])).toEqual({
      database: 'my.db',
      session: { readonly: true, config: {} },
      readStdin: false,
      actions: [{ kind: 'run', text: 'SELECT 1' }],
    });
  });

  test('-- ends the options', () => {
    expect(parseArguments(['--', '-odd.db']).database).toBe('-odd.db');
  });

  test('more threads than DuckDB can start are refused', () => {
    expect(parseArguments(['-threads', '4096']).session.config).toEqual({ threads: '4096' });
    expect(() => parseArguments(['-threads', '100000000000'])).toThrow(
      "Error: '-threads 100000000000': expected a whole number from 1 to 4096",
    );
  });

  test.each([
    [['-separator', String.raw`\t`], { columnSeparator: '\t' }],
    [['-newline', String.raw`\r\n`], { rowSeparator: '\r\n' }],
    [['-separator', '"'], { columnSeparator: '"' }],
    [['-nullvalue', ''], { nullValue: '' }],
    [['-noheader'], { headers: false }],
    [['-header'], { headers: true }],
    [['-bail'], { bail: true }],
    [['-echo'], { echo: true }],
  ])('%j changes a setting', (args, settings) => {
    expect(parseArguments(args).actions).toEqual([{ kind: 'change', settings }]);
  });

  test.each([
    [['-cmd', 'SELECT 1'], { readStdin: true }],
    [['-f', 'x.sql'], { readStdin: false, actions: [{ kind: 'read', path: 'x.sql' }] }],
    [['-no-stdin'], { readStdin: false }],
    [['-no_init'], { initFile: null }],
    [['-init', 'rc'], { initFile: 'rc' }],
    [['-interactive'], { interactive: true }],
    [['-batch'], { interactive: false }],
    [['-version'], { show: 'version' }],
    [['-h'], { show: 'help' }],
    [['-backend', 'cpu'], { session: { backend: 'cpu' } }],
    [['-threads', '3'], { session: { config: { threads: '3' } } }],
    [['-memory-limit', '2GB'], { session: { memoryLimit: '2GB', config: { memory_limit: '2GB' } } }],
    [['-unsigned'], { session: { config: { allow_unsigned_extensions: 'true' } } }],
    [['-set', 'eps=0.1=x'], { actions: [{ kind: 'setVariable', name: 'eps', value: '0.1=x' }] }],
  ])('%j', (args, expected) => {
    expect(parseArguments(args)).toMatchObject(expected);
  });

  test.each([
    [['-jsn'], `Unknown Option Error: Unrecognized option '-jsn'`],
    [['-jsn'], 'Did you mean: "-json"'],
    [['-c'], `Missing Argument Error: Argument '-c' needs 1 arguments, but got 0`],
    [['-backend', 'gpu'], `Error: unknown backend 'gpu': must be one of auto, cpu, webgpu, reference`],
    [['-set', '=1'], `expected NAME=VALUE`],
    [['-threads', 'abc'], `Error: '-threads abc': expected a whole number from 1 to 4096`],
    [['-threads', '0'], `'-threads 0'`],
    [['-html'], `Not Implemented Error: mode 'html' is not supported: use .mode markdown`],
  ])('%j is refused', (args, message) => {
    expect(() => parseArguments(args)).toThrow(UsageError);
    expect(() => parseArguments(args)).toThrow(message);
  });
});

describe('setVariable', () => {
  test.each([
    ['0.1', '0.1'],
    ['-1e3', '-1e3'],
    ['NULL', 'NULL'],
    ['true', 'true'],
    ['007', `'007'`],
    ['.', `'.'`],
    ['e5', `'e5'`],
    ['', `''`],
    [`it's`, `'it''s'`],
    [`'5'`, `'5'`],
    [`1; DROP TABLE t`, `'1; DROP TABLE t'`],
    [`'a' || 'b'`, `'''a'' || ''b'''`],
  ])('%s is %s', (value, literal) => {
    expect(setVariable('x', value)).toBe(`SET VARIABLE "x" = ${literal};`);
  });

  test('quotes the name', () => {
    expect(setVariable('a"b', '1')).toBe('SET VARIABLE "a""b" = 1;');
  });
});

test('the help text lists every option once, in order', () => {
  const names = [...usage().matchAll(/^ {2}-(\S+)/gm)].map((match) => match[1]);
  expect(names).toEqual([...new Set(names)]);
  expect(names).toEqual(expect.arrayContaining(['c', 'csv', 'set', 'backend', 'memory-limit', 'version']));
});
