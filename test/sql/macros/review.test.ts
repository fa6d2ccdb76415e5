import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../../src/session/session.ts';

let session: Session;
beforeAll(async () => {
  session = await Session.open({ backend: 'cpu' });
});
afterAll(() => session.close());

async function rows(sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await session.connection.runAndReadAll(sql)).getRowsJS();
}

const Z = 1.959963984540054;

test('eps_precision is the weighted share of verdicts down to each score, with the interval of its effective number', async () => {
  const verdict = fc.record({
    score: fc.integer({ min: 1, max: 8 }).map((i) => i / 8),
    same: fc.constantFrom(true, false, null),
    weight: fc.integer({ min: 1, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(verdict, { minLength: 1, maxLength: 15 }), async (verdicts) => {
      const values = verdicts.map(({ score, same, weight }) => `(${score}, ${same}, ${weight})`);
      await session.connection.run(
        `CREATE OR REPLACE TABLE verdicts AS FROM (VALUES ${values.join(', ')}) AS t(score, same, weight)`,
      );
      const judged = verdicts.filter(({ same }) => same !== null);
      const line = [...new Set(judged.map(({ score }) => score))].sort((a, b) => b - a);
      const expected = line.map((score) => {
        const seen = judged.filter((v) => v.score >= score);
        const sum = (of: (v: (typeof seen)[number]) => number): number => seen.reduce((s, v) => s + of(v), 0);
        const total = sum((v) => v.weight);
        const p = sum((v) => (v.same ? v.weight : 0)) / total;
        const variance = sum((v) => (v.weight * (Number(v.same) - p)) ** 2) / total ** 2;
        const kish = total ** 2 / sum((v) => v.weight ** 2);
        const n = p > 0 && p < 1 ? Math.min(kish, (p * (1 - p)) / variance) : kish;
        // Wilson's interval: the roots of (p - x)² = z² x (1 - x) / n.
        const [a, b, c] = [1 + Z ** 2 / n, -(2 * p + Z ** 2 / n), p * p];
        const root = Math.sqrt(Math.max(0, b * b - 4 * a * c));
        return {
          eps: 1 - score,
          rows: seen.length,
          p,
          low: (-b - root) / (2 * a),
          high: (-b + root) / (2 * a),
        };
      });
      const safe = Math.max(-1, ...expected.filter(({ low }) => low >= 0.95).map(({ eps }) => eps));
      const found = await rows(`FROM eps_precision('verdicts')`);
      expect(found.map(([eps, n]) => [eps, Number(n)])).toEqual(expected.map(({ eps, rows: n }) => [eps, n]));
      found.forEach(([eps, , ...numbers], i) => {
        const { p, low, high } = expected[i];
        [p, low, high].forEach((number, j) => expect(numbers[j]).toBeCloseTo(number, 9));
        expect(numbers[3]).toBe(eps === safe);
      });
    }),
    { numRuns: 60 },
  );
});

/** 3,000 rows, more of them at lower scores. The share that is the same falls from 1 to `end` at twice eps. */
const POPULATION = `
  SELECT id, id AS max_id, (1 - distance)::FLOAT AS cosine_sim_score,
    (hash(id, 3) % 1000000) / 1e6 < 1 - (1 - $end) * distance / 0.2 AS truth
  FROM (SELECT id, 0.4 * sqrt((id + 0.5) / 3000) AS distance FROM range(3000) AS t(id))`;

test.each([{ end: 0.6, sampled: 100 }])(
  'of 100 samples of $sampled pairs at least 92 intervals hold the precision, on either side of eps (end $end)',
  async ({ end, sampled }) => {
    await session.connection.run(
      `CREATE OR REPLACE TABLE population AS ${POPULATION.replace('$end', String(end))}`,
    );
    const lines = [0.1, 0.2];
    const truths = await Promise.all(
      lines.map((eps) =>
        rows(`SELECT avg(truth::INTEGER) FROM population WHERE is_duplicate(cosine_sim_score, ${eps})`),
      ),
    );
    const hits = lines.map(() => 0);
    for (let seed = 0; seed < 100; seed++) {
      await session.connection.run(
        `CREATE OR REPLACE TEMP TABLE verdicts AS
         SELECT s.* REPLACE (truth AS same)
         FROM review_sample('population', 0.1, ${sampled}, seed := ${seed}) AS s JOIN population USING (id)`,
      );
      // The interval at the largest eps up to each line.
      const [found] = await rows(
        `SELECT ${lines.map((eps) => `max_by([precision_low, precision_high], eps) FILTER (eps <= ${eps})`).join(', ')}
         FROM eps_precision('verdicts')`,
      );
      (found as [number, number][]).forEach(([low, high], i) => {
        const truth = Number(truths[i][0][0]);
        if (low <= truth && truth <= high) hits[i]++;
      });
    }
    for (const count of hits) expect(count).toBeGreaterThanOrEqual(92);
  },
  60_000,
);
