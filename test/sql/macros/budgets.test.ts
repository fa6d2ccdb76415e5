import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../../src/session/session.ts';

let session: Session;
beforeAll(async () => {
  session = await Session.open({ backend: 'cpu' });
});
afterAll(() => session.close());

async function value(sql: string): Promise<unknown> {
  return (await session.connection.runAndReadAll(sql)).getRowsJS()[0][0];
}

/** Scores: ties, exact copies, adjacent floats, tiny values, and values that are no scores. */
const score = fc.oneof(
  fc.constantFrom(1, 0, -0.25, NaN, 0.9, 0.5, 2 ** -30, 0.5 - 2 ** -54),
  fc.integer({ min: 0, max: 6 }).map((i) => 0.9 + i * 2 ** -24),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
const scores = fc.record({
  type: fc.constantFrom('FLOAT', 'DOUBLE'),
  values: fc.array(score, { minLength: 1, maxLength: 12 }),
});

async function makePairs(type: string, values: readonly number[]): Promise<number[]> {
  const literals = values.map((x) => (Number.isNaN(x) ? `'nan'::${type}` : `${x}::DOUBLE::${type}`));
  await session.connection.run(
    `CREATE OR REPLACE TABLE pairs AS SELECT unnest(range(${values.length})) AS id, unnest([${literals.join(', ')}]) AS cosine_sim_score`,
  );
  return values.map((x) => (type === 'FLOAT' ? Math.fround(x) : x));
}

/** All numbers of rows that some eps drops: with each lowest score, all of at least that score that no eps tells from it. */
function attainable(values: readonly number[]): number[] {
  const dropped = (eps: number): number => values.filter((x) => x > 0 && x >= 1 - eps).length;
  // For each score, the eps below, at and above 1 - score.
  const around = (x: number): number[] => [1 - x, 1 - x + 2 ** -53, 1 - x - 2 ** -53];
  const all = [0, 1, ...values.filter((x) => x > 0).flatMap(around)].filter((eps) => eps >= 0 && eps <= 1);
  return all.map(dropped);
}

test('eps_for_share and eps_for_rows drop the most that a budget allows', async () => {
  await fc.assert(
    fc.asyncProperty(scores, fc.double({ min: 0, max: 1, noNaN: true }), async ({ type, values }, share) => {
      const exact = await makePairs(type, values);
      const copies = exact.filter((x) => x === 1).length;
      const best = (allowed: (dropped: number) => boolean): number =>
        Math.max(copies, ...attainable(exact).filter(allowed));
      const { length } = values;
      const rows = Math.ceil(share * length);
      expect(await value(`SELECT count(*) FROM duplicates('pairs', eps_for_share('pairs', ${share}))`)).toBe(
        BigInt(best((dropped) => dropped / length <= share)),
      );
      expect(await value(`SELECT count(*) FROM duplicates('pairs', eps_for_rows('pairs', ${rows}))`)).toBe(
        BigInt(best((dropped) => length - dropped >= rows)),
      );
    }),
    { numRuns: 60 },
  );
});

test('drop_by_group counts what duplicates lists', async () => {
  await fc.assert(
    fc.asyncProperty(scores, fc.integer({ min: 1, max: 4 }), async ({ type, values }, groups) => {
      const exact = await makePairs(type, values);
      const groupOf = (id: number): number | null => (id % 5 === 4 ? null : id % groups);
      const naive = [...new Set(exact.map((_, id) => groupOf(id)))].map((group) => {
        const members = exact.filter((_, id) => groupOf(id) === group);
        const dropped = members.filter((x) => x > 0 && x >= 1 - 0.1).length;
        return [group, BigInt(members.length), BigInt(dropped), dropped / members.length] as const;
      });
      naive.sort(
        (a, b) => b[3] - a[3] || Number(b[2] - a[2]) || Number(a[0] ?? Infinity) - Number(b[0] ?? Infinity),
      );
      const metadata = `SELECT id, (id % ${groups})::INTEGER AS source FROM pairs WHERE id % 5 < 4`;
      const reader = await session.connection.runAndReadAll(
        `FROM drop_by_group('pairs', 0.1, '${metadata}', 'source')`,
      );
      expect(reader.getRowsJS()).toEqual(naive);
    }),
    { numRuns: 30 },
  );
});
