import { describe, expect, test } from 'vitest';
import { modeName, type ModeName } from '../../src/cli/modes/modes.ts';
import { render } from './render.ts';

/** A number, a text to escape, and a NULL. The expected texts are from DuckDB's own shell. */
const sample = `SELECT * FROM (VALUES (1, 'x,"y''', 1.5::DOUBLE), (22, '', NULL)) AS t(a, "b c", d)`;

const expected: Record<string, string> = {
  box: `\
┌────┬───────┬──────┐
│ a  │  b c  │  d   │
├────┼───────┼──────┤
│ 1  │ x,"y' │ 1.5  │
│ 22 │       │ NULL │
└────┴───────┴──────┘
`,
  csv: `\
a,b c,d
1,"x,""y'",1.5
22,,NULL
`,
  duckbox: `\
┌───────┬─────────┬────────┐
│   a   │   b c   │   d    │
│ int32 │ varchar │ double │
├───────┼─────────┼────────┤
│     1 │ x,"y'   │    1.5 │
│    22 │         │   NULL │
└───────┴─────────┴────────┘
`,
  json: `\
[{"a":1,"b c":"x,\\"y'","d":1.5},
{"a":22,"b c":"","d":null}]
`,
  jsonlines: `\
{"a":1,"b c":"x,\\"y'","d":1.5}
{"a":22,"b c":"","d":null}
`,
  line: `\
    a = 1
  b c = x,"y'
    d = 1.5

    a = 22
  b c = 
    d = NULL
`,
  list: `\
a|b c|d
1|x,"y'|1.5
22||NULL
`,
  markdown: `\
| a  |  b c  |  d   |
|---:|-------|-----:|
| 1  | x,"y' | 1.5  |
| 22 |       | NULL |
`,
  table: `\
+----+-------+------+
| a  |  b c  |  d   |
+----+-------+------+
| 1  | x,"y' | 1.5  |
| 22 |       | NULL |
+----+-------+------+
`,
};

describe('modes', () => {
  test.each(Object.entries(expected))('%s', async (mode, text) => {
    expect(await render(mode as ModeName, sample)).toBe(text);
  });

  test.each([
    ['csv', 'a\n'],
    ['json', '[]\n'],
    ['jsonlines', ''],
    ['line', ''],
    ['markdown', '|  a  |\n'.replace(/ {2}/g, ' ') + '|--:|\n'],
  ] as const)('%s of an empty result', async (mode, text) => {
    expect(await render(mode, 'SELECT 1 AS a WHERE false')).toBe(text);
  });

  test.each(['csv', 'list'] as const)('%s without headers', async (mode) => {
    expect(await render(mode, 'SELECT 1 AS name', { headers: false })).not.toContain('name');
  });

  test('separators and the text for NULL are settings', async () => {
    const settings = { columnSeparator: ';', rowSeparator: '|\n', nullValue: '-' };
    expect(await render('csv', sample, settings)).toBe(`a;b c;d|\n1;"x,""y'";1.5|\n22;;-|\n`);
  });

  test('csv quotes what another reader could misread', async () => {
    expect(await render('csv', `SELECT 'é' AS a, e'\\n' AS b, 'a b' AS c`)).toBe('a,b,c\n"é","\n",a b\n');
  });

  test('json of values that JSON has no number for stays JSON', async () => {
    const text = await render('json', `SELECT 'nan'::FLOAT AS n, '-inf'::DOUBLE AS i, ['nan'::FLOAT] AS l`);
    expect(JSON.parse(text)).toEqual([{ n: 'NaN', i: '-Infinity', l: ['NaN'] }]);
  });

  test('json of many chunks is one array', async () => {
    const rows = JSON.parse(await render('json', 'SELECT range AS i FROM range(5000)')) as { i: number }[];
    expect(rows.map(({ i }) => i)).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  });

  test('boxes keep control characters on one line, and wide characters in their columns', async () => {
    expect(await render('box', `SELECT e'a\\tb' AS t, '日本' AS j`)).toBe(`\
┌──────┬──────┐
│  t   │  j   │
├──────┼──────┤
│ a\\tb │ 日本 │
└──────┴──────┘
`);
  });

  test('markdown escapes the bars of a value', async () => {
    expect(await render('markdown', `SELECT 'a|b' AS c`)).toBe('|  c   |\n|------|\n| a\\|b |\n');
  });

  test('modes of DuckDB that are not here name what does their work', () => {
    expect(() => modeName('html')).toThrow(
      "Not Implemented Error: mode 'html' is not supported: use .mode markdown",
    );
    expect(() => modeName('insert')).toThrow("use COPY … TO 'rows.csv' or 'rows.parquet'");
    expect(() => modeName('jsn')).toThrow(/csv duckbox json.*got 'jsn'\n\nDid you mean: "json"/);
    expect(() => modeName('toString')).toThrow("got 'toString'");
  });
});
