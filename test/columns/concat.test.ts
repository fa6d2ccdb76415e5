import { expect, test } from 'vitest';
import { createColumn } from '../../src/columns/createColumn.ts';
import { columnVector } from '../../src/columns/native.ts';
import type { Column } from '../../src/columns/column.ts';
import { Session } from '../../src/session/session.ts';

/** The values of a query's first column. */
async function columnOf(session: Session, sql: string): Promise<Column> {
  const result = await session.connection.stream(sql);
  const column = createColumn(result.columnType(0));
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return column;
    column.append(columnVector(chunk, 0), chunk.rowCount);
  }
}

const texts = (column: Column): string[] =>
  Array.from({ length: column.length }, (_, row) => column.text(row));

test.each(['TINYINT', 'SMALLINT', 'BIGINT', 'HUGEINT', 'DOUBLE', 'VARCHAR', 'BLOB'])(
  '%s columns one after another keep their values, NULLs and order',
  async (type) => {
    await using session = await Session.open({});
    const values = (from: number): string =>
      `SELECT if(i % 5 = 3, NULL, repeat((i % 100)::VARCHAR, if('${type}' IN ('VARCHAR', 'BLOB'), 9, 1)))::${type} FROM range(${from}, ${from} + 3000) AS t(i)`;
    const [a, b] = [await columnOf(session, values(0)), await columnOf(session, values(7))];
    const all = a.concat(b);
    expect(texts(all)).toEqual([...texts(a), ...texts(b)]);
    expect([all.isNull(3), all.isNull(3001), all.isNull(3000)]).toEqual([true, true, false]);
    expect([all.equals(7, 3000), all.equals(8, 3001), all.equals(7, 3002)]).toEqual([true, true, false]);
    const taken = all.take(Int32Array.of(3000, 0, 3001));
    expect(texts(taken)).toEqual([a.text(7), a.text(0), 'NULL']);
  },
);

test('of different types do not join', async () => {
  await using session = await Session.open({});
  const [a, b] = [await columnOf(session, `SELECT 'x'`), await columnOf(session, 'SELECT 1::BIGINT')];
  expect(() => a.concat(b)).toThrow('cannot join columns of VARCHAR and BIGINT');
  expect(() => b.concat(a)).toThrow('cannot join columns of BIGINT and VARCHAR');
});
