import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Session } from '../../src/session/session.ts';
import { backends } from '../kernels/backends.ts';
import { TOLERANCE } from '../kernels/naive.ts';
import { caseCount } from '../support/cases.ts';
import { cases, cosine, createTables, nameOf, rank, type Ranked, type Row } from '../support/exemptRows.ts';

interface Found {
  readonly max: string;
  readonly score: number;
  readonly rank: number;
}

/**
 * Lists the faults of a result. Pairs with a score of at least `least` must be found; others may be missed
 * when their rows are in different clusters.
 */
function faults(
  all: readonly Ranked[],
  found: ReadonlyMap<number, Found>,
  least: number,
  meet = (_a: Row, _b: Row): boolean => true,
): string[] {
  const own = all.filter(({ isEarlier }) => !isEarlier);
  return own.flatMap((row, place) => {
    const { max, score, rank } = found.get(row.id) ?? { max: 'none', score: NaN, rank: NaN };
    const fail = (what: string): string[] => [`${row.id}: ${score} with ${max} at ${rank}, ${what}`];
    if (rank !== place + 1) return fail(`rank is ${place + 1}`);
    const self = max === nameOf(row.id, false) && score === 0;
    if (row.isExempt) return self ? [] : fail('which is exempt');
    const before = all.slice(0, all.indexOf(row)).filter((other) => meet(row, other));
    const scores = before.map((other) => cosine(row.embedding, other.embedding));
    const best = Math.max(0, ...scores);
    if (self) return best < Math.max(least, TOLERANCE) + TOLERANCE ? [] : fail(`best is ${best}`);
    const at = before.findIndex(({ id, isEarlier }) => nameOf(id, isEarlier) === max);
    if (at < 0 || Math.abs(scores[at] - score) > TOLERANCE) return fail('which is no such row');
    if (best < least + TOLERANCE) return score <= best + TOLERANCE ? [] : fail(`best is ${best}`);
    if (Math.abs(score - best) > TOLERANCE) return fail(`best is ${best}`);
    const same = before.find((other) => other.embedding.join() === row.embedding.join());
    // A multiple of the row is as similar as its copy, and may be ranked before it.
    const first = same ? before.indexOf(same) : Infinity;
    if (same && score !== 1) return fail(`equal to ${same.id}`);
    return at <= first ? [] : fail(`first copy is ${same!.id}`);
  });
}

const RUNS = { reference: 10, cpu: 20, webgpu: 1 };
const EPS = 0.1;

describe.each(backends)('exempt rows, on %s', (backend) => {
  test('are those that a float64 search finds first', async () => {
    await using session = await Session.open({ backend });
    const { connection } = session;
    const rowsIn = async (sql: string): Promise<unknown[][]> =>
      (await connection.runAndReadAll(sql)).getRows();
    const foundBy = async (call: string): Promise<Map<number, Found>> =>
      new Map(
        (await rowsIn(`SELECT id, max_id, max_in_against, cosine_sim_score, rank FROM ${call}`)).map(
          ([id, maxId, isEarlier, score, place]) => [
            Number(id),
            { max: nameOf(maxId, isEarlier), score: Number(score), rank: Number(place) },
          ],
        ),
      );
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(), async ({ rows, earlier }, any) => {
        await createTables(connection, { rows, earlier });
        const all = rank(rows, earlier);
        const options = `rank_by := 'id', protect := 'kept', against := 'earlier'`;
        const whole = await foundBy(`pairwise('rows', cluster := NULL, ${options})`);
        expect(faults(all, whole, 0)).toEqual([]);
        const inClusters = await foundBy(`pairwise('rows', ${options})`);
        expect(faults(all, inClusters, 0, (a, b) => a.cluster === b.cluster)).toEqual([]);
        const k = 1 + (any % Math.min(5, rows.length));
        const without = await foundBy(`kmeans_pairwise('rows', ${k}, ${options})`);
        expect(faults(all, without, k === 1 ? 0 : Infinity)).toEqual([]);
        // Two ways to miss no pair within eps: an overlap that is wide enough, and recall := 1.
        const overlap = `overlap := sqrt(${EPS} / 2), memberships := 0, check_rows := 100`;
        for (const aim of [overlap, `recall := 1, eps := ${EPS}`]) {
          const complete = await foundBy(`kmeans_pairwise('rows', ${k}, ${options}, ${aim})`);
          expect([aim, ...faults(all, complete, k === 1 ? 0 : 1 - EPS)]).toEqual([aim]);
        }
        // The scores of checked rows equal those of a comparison with all rows.
        const [[differing]] = await rowsIn(
          `SELECT count(*) FROM kmeans_pairwise('rows', ${k}, ${options}, ${overlap}) AS a JOIN pairwise('rows', cluster := NULL, ${options}) AS b USING (id)
           WHERE abs(checked_score - b.cosine_sim_score) > ${TOLERANCE} OR checked_score IS NULL`,
        );
        expect(Number(differing)).toBe(0);
        const pairs = await rowsIn(
          `SELECT id, other_id, other_in_against, cosine_sim_score FROM similar_pairs('rows', ${EPS}, protect := 'kept', against := 'earlier')`,
        );
        const names = new Map(
          pairs.map(([id, other, isEarlier, score]) => [`${id} ${nameOf(other, isEarlier)}`, Number(score)]),
        );
        expect(names.size).toBe(pairs.length);
        all.forEach((row, place) => {
          if (row.isExempt) return;
          for (const other of all.slice(0, place)) {
            const score = cosine(row.embedding, other.embedding);
            const name = `${row.id} ${nameOf(other.id, other.isEarlier)}`;
            const known = names.get(name);
            names.delete(name);
            const isRight =
              known === undefined ? score < 1 - EPS + TOLERANCE : Math.abs(score - known) <= TOLERANCE;
            expect(isRight, `${name}: ${score}, found ${known}`).toBe(true);
          }
        });
        expect([...names.keys()]).toEqual([]);
      }),
      { numRuns: caseCount(RUNS[backend]) },
    );
  });
});
