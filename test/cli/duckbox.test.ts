import { describe, expect, test } from 'vitest';
import { render } from './render.ts';

describe('duckbox', () => {
  test('shows the first and last rows of a long result, and how many there are', async () => {
    expect(await render('duckbox', 'SELECT range AS i, range * 1000 AS n FROM range(100)', { maxRows: 4 }))
      .toBe(`\
┌───────┬───────┐
│   i   │   n   │
│ int64 │ int64 │
├───────┼───────┤
│     0 │     0 │
│     1 │  1000 │
│     · │    ·  │
│     · │    ·  │
│     · │    ·  │
│    98 │ 98000 │
│    99 │ 99000 │
└───────┴───────┘
    100 rows   
    (4 shown)   
`);
  });

  test('tells rows and columns in one line where there is room', async () => {
    const text = await render('duckbox', `SELECT range AS i, 'some text here' AS t FROM range(50)`);
    expect(text.split('\n').slice(-4)).toEqual([
      '└───────┴────────────────┘',
      '  50 rows      2 columns',
      '  (40 shown)',
      '',
    ]);
    const wide = await render('duckbox', `SELECT range AS i, 'quite a lot more text' AS t FROM range(50)`);
    expect(wide).toContain('\n  50 rows (40 shown)  2 columns\n');
  });

  test('three rows over the limit are shown rather than hidden', async () => {
    expect(await render('duckbox', 'FROM range(43)')).not.toContain('·');
    expect(await render('duckbox', 'FROM range(44)')).toContain('·');
  });

  test('an empty result still tells its columns', async () => {
    expect(await render('duckbox', 'SELECT 1 AS a, 2 AS b WHERE false')).toBe(`\
┌───────┬───────┐
│   a   │   b   │
│ int32 │ int32 │
└───────┴───────┘
     0 rows    
`);
  });

  test('names types as DuckDB does', async () => {
    const sql = `SELECT 1::UTINYINT AS a, [1.5::FLOAT] AS b, [1]::INTEGER[1] AS c, {'k': 1} AS d, '1'::JSON AS e`;
    const header = (await render('duckbox', sql)).split('\n')[2];
    expect(header).toBe('│ uint8 │ float[] │ integer[1] │ struct(k integer) │ json │');
  });

  test('leaves out middle columns that do not fit', async () => {
    const columns = Array.from({ length: 12 }, (_, i) => `${i} AS column_${i}`);
    expect(await render('duckbox', `SELECT ${columns.join(', ')}`, { maxWidth: 80 })).toBe(`\
┌──────────┬──────────┬──────────┬───┬──────────┬───────────┬───────────┐
│ column_0 │ column_1 │ column_2 │ … │ column_9 │ column_10 │ column_11 │
│  int32   │  int32   │  int32   │ … │  int32   │   int32   │   int32   │
├──────────┼──────────┼──────────┼───┼──────────┼───────────┼───────────┤
│        0 │        1 │        2 │ … │        9 │        10 │        11 │
└──────────┴──────────┴──────────┴───┴──────────┴───────────┴───────────┘
  1 rows                                           12 columns (6 shown)
`);
  });

  test('gives wide values more lines', async () => {
    const sql = `SELECT 1 AS i, repeat('x', 100) AS w UNION ALL SELECT 2, 'y' ORDER BY i`;
    expect(await render('duckbox', sql, { maxWidth: 80 })).toBe(`\
┌───────┬──────────────────────────────────────────────────────────────────────┐
│   i   │                                  w                                   │
│ int32 │                               varchar                                │
├───────┼──────────────────────────────────────────────────────────────────────┤
│     1 │ ${'x'.repeat(68)} │
│       │ ${'x'.repeat(32)}${' '.repeat(36)} │
├───────┼──────────────────────────────────────────────────────────────────────┤
│     2 │ y                                                                    │
└───────┴──────────────────────────────────────────────────────────────────────┘
`);
  });

  test('shortens wide values of long results to an ellipsis', async () => {
    const text = await render('duckbox', `SELECT range AS i, repeat('x', 100) AS w FROM range(60)`, {
      maxWidth: 80,
    });
    expect(text).toContain(`│     0 │ ${'x'.repeat(67)}… │\n`);
  });

  test('a long result is not kept, only its ends are', async () => {
    const text = await render('duckbox', 'FROM range(1000000)', { maxRows: 2 });
    expect(text).toContain('│            0 │');
    expect(text).toContain('│       999999 │');
  });
});
