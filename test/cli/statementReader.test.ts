import { DuckDBConnection } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { StatementReader } from '../../src/cli/shell/statementReader.ts';

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await DuckDBConnection.create();
});

/** The statements that run when a text arrives line by line, and the rest at the end. */
async function pieces(text: string): Promise<{ run: string[]; rest: string }> {
  const reader = new StatementReader({ connection });
  const run: string[] = [];
  for (const line of text.split('\n')) {
    const statement = await reader.add(line);
    if (statement !== undefined) run.push(statement.trim());
  }
  return { run, rest: reader.take().trim() };
}

describe('StatementReader', () => {
  test.each([
    ['SELECT 1;', ['SELECT 1;'], ''],
    ['SELECT 1', [], 'SELECT 1'],
    ['SELECT 1\n;', ['SELECT 1\n;'], ''],
    ['SELECT 1;\nSELECT 2;', ['SELECT 1;', 'SELECT 2;'], ''],
    ['SELECT 1; SELECT 2', [], 'SELECT 1; SELECT 2'],
    [`SELECT 'a;\nb';`, [`SELECT 'a;\nb';`], ''],
    ['SELECT $$a;\n$$;', ['SELECT $$a;\n$$;'], ''],
    ['SELECT 1 -- one;\n, 2;', ['SELECT 1 -- one;\n, 2;'], ''],
    ['SELECT 1; -- done', ['SELECT 1; -- done'], ''],
    ['SELECT 1; /* more\n */', ['SELECT 1; /* more\n */'], ''],
    ['FROM t;\nSELECT 1;', ['FROM t;', 'SELECT 1;'], ''],
    ['FROM t -- ;\nSELECT 1;', ['FROM t -- ;\nSELECT 1;'], ''],
    ['-- only a comment', [], ''],
    [';;', [], ''],
    ['', [], ''],
    ['SELEC 1;', ['SELEC 1;'], ''],
    ['SELECT (1;', ['SELECT (1;'], ''],
    ['PIVOT t ON x;', ['PIVOT t ON x;'], ''],
  ])('%j', async (text, run, rest) => {
    expect(await pieces(text)).toEqual({ run, rest });
  });
});
