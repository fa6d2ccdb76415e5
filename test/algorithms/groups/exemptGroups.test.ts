import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RULES, type Rule } from '../../../src/algorithms/groups/groups.ts';
import { Session } from '../../../src/session/session.ts';
import { backends } from '../../kernels/backends.ts';
import { TOLERANCE } from '../../kernels/naive.ts';
import { caseCount } from '../../support/cases.ts';
import { cases, cosine, createTables, nameOf, rank, type Ranked } from '../../support/exemptRows.ts';

/** No cosine of small whole numbers equals 1 - EPS. */
const EPS = 0.12345;
const EXACT = `rank_by := 'id', protect := 'kept', against := 'earlier'`;

/** A row that a function drops. */
interface Dropped {
  readonly kept: string;
  /** The similarity to the kept row. */
  readonly score?: number;
  readonly max?: string;
  readonly maxScore?: number;
  readonly size?: number;
}

const isSimilar = (a: Ranked, b: Ranked): boolean =>
  !(a.isExempt && b.isExempt) && cosine(a.embedding, b.embedding) >= 1 - EPS;

/** Maps each row to the first row of its component. */
function components(all: readonly Ranked[]): Map<Ranked, Ranked> {
  const first = new Map<Ranked, Ranked>();
  for (const root of all) {
    const queue = first.has(root) ? [] : [root];
    for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
      if (first.has(row)) continue;
      first.set(row, root);
      queue.push(...all.filter((other) => isSimilar(row!, other)));
    }
  }
  return first;
}

/** Lists the faults of groups, by the definitions of the contract. */
function faults(all: readonly Ranked[], rule: Rule, groups: ReadonlyMap<string, Dropped>): string[] {
  const named = new Map(all.map((row) => [nameOf(row.id, row.isEarlier), row]));
  const droppedOf = (row: Ranked): Dropped | undefined =>
    row.isEarlier ? undefined : groups.get(nameOf(row.id, false));
  const component = components(all);
  return all.flatMap((row, place) => {
    const dropped = droppedOf(row);
    const fail = (what: string): string[] => [
      `${nameOf(row.id, row.isEarlier)} ${JSON.stringify(dropped)}: ${what}`,
    ];
    const before = all.slice(0, place).filter((other) => isSimilar(row, other));
    const covering = before.filter((other) => droppedOf(other) === undefined);
    const isDropped = {
      chain: before.length > 0,
      covered: covering.length > 0,
      components: component.get(row) !== row,
    }[rule];
    if ((isDropped && !row.isExempt) !== (dropped !== undefined)) return fail('dropped?');
    if (!dropped) return [];
    const kept = named.get(dropped.kept);
    if (!kept || droppedOf(kept) !== undefined) return fail('kept for a row that is dropped itself');
    const near = (a: number | undefined, b: number): boolean =>
      a === undefined || Math.abs(a - b) <= TOLERANCE;
    if (!near(dropped.score, cosine(row.embedding, kept.embedding))) return fail('score');
    const best = (of: readonly Ranked[]): number =>
      Math.max(...of.map((other) => cosine(row.embedding, other.embedding)));
    if (
      rule === 'covered' &&
      !(covering.includes(kept) && near(best(covering), cosine(row.embedding, kept.embedding)))
    )
      return fail(`not the most similar kept row`);
    if (rule !== 'covered' && component.get(kept) !== component.get(row)) return fail('another component');
    if (rule === 'components' && component.get(row) !== kept) return fail('not the first of its component');
    const members = [...groups.values()].filter((other) => other.kept === dropped.kept).length;
    if (dropped.size !== undefined && dropped.size !== members + 1) return fail(`has ${members} duplicates`);
    if (dropped.max === undefined) return [];
    if (before.length === 0)
      return dropped.max === nameOf(row.id, false) && dropped.maxScore === 0 ? [] : fail('no best match');
    const max = named.get(dropped.max);
    const isBest = max && before.includes(max) && near(dropped.maxScore, best(before));
    return isBest && near(dropped.maxScore, cosine(row.embedding, max.embedding))
      ? []
      : fail('not the best match');
  });
}

const RUNS = { reference: 10, cpu: 40, webgpu: 2 };

describe.each(backends)('groups with exempt rows, on %s', (backend) => {
  test('are what the contract says, by every rule and from every function', async () => {
    await using session = await Session.open({ backend });
    const { connection } = session;
    const groupsOf = async (sql: string): Promise<Map<string, Dropped>> =>
      new Map(
        (await connection.runAndReadAll(sql)).getRowObjectsJS().map((row) => {
          const number = (value: unknown): number | undefined =>
            value === undefined ? undefined : Number(value);
          const max = row.max_id === undefined ? undefined : nameOf(row.max_id, row.max_in_against);
          return [
            String(row.id),
            {
              kept: nameOf(row.kept_id, row.kept_in_against),
              score: number(row.kept_score),
              max,
              maxScore: number(row.cosine_sim_score),
              size: number(row.group_size),
            },
          ];
        }),
      );
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(), fc.constantFrom(...RULES), async ({ rows, earlier }, any, rule) => {
        await createTables(connection, { rows, earlier });
        const all = rank(rows, earlier);
        const k = 1 + (any % Math.min(5, rows.length));
        const pairs = [
          `similar_pairs('rows', ${EPS}, ${EXACT})`,
          `similar_pairs('rows', ${EPS}, ${EXACT}, copies := false)`,
          `similar_pairs('rows', ${EPS}, ${EXACT}, clusters := ${k}, overlap := sqrt(${EPS} / 2), memberships := 0, copies := ${any % 2 === 0})`,
          ...(rule === 'chain' ? [`pairwise('rows', cluster := NULL, ${EXACT})`] : []),
        ];
        for (const text of pairs) {
          const quoted = `FROM ${text}`.replaceAll("'", "''");
          const groups = await groupsOf(`FROM duplicate_groups('${quoted}', ${EPS}, rule := '${rule}')`);
          expect([text, ...faults(all, rule, groups)]).toEqual([text]);
        }
        for (const clusters of [1, k]) {
          const text = `kmeans_pairwise('rows', ${clusters}, ${EXACT}, recall := 1, eps := ${EPS}, rule := '${rule}')`;
          const groups = await groupsOf(
            `SELECT id, kept_id, kept_in_against, kept_score FROM ${text} WHERE kept_score IS NOT NULL`,
          );
          expect([text, ...faults(all, rule, groups)]).toEqual([text]);
        }
      }),
      { numRuns: caseCount(RUNS[backend]) },
    );
  });
});
