import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Session } from '../../src/session/session.ts';
import { TOLERANCE } from '../kernels/naive.ts';
import { caseCount } from '../support/cases.ts';

interface Row {
  readonly id: number;
  /** Small whole numbers, not all 0: many equal rows and ties. */
  readonly embedding: readonly number[];
  readonly cluster: string | null;
  readonly distance: number | null;
  readonly quality: number | null;
}

const rowsOf = (dim: number): fc.Arbitrary<Row[]> =>
  fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: -50, max: 50 }),
      embedding: fc
        .array(fc.integer({ min: -2, max: 2 }), { minLength: dim, maxLength: dim })
        .filter((values) => values.some((value) => value !== 0)),
      cluster: fc.constantFrom('a', 'b', '', null),
      distance: fc.constantFrom(0, 0.25, 0.5, 1, null),
      quality: fc.constantFrom(1, 2, 3, null),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 24 },
  );

type Compare = (a: Row, b: Row) => number;
/** Ascending, or descending with `sign` −1; NULL last. */
const by =
  (column: 'distance' | 'quality' | 'id', sign: number): Compare =>
  (a, b) => {
    const [x, y] = [a[column], b[column]];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (x - y);
  };
const then =
  (...compares: Compare[]): Compare =>
  (a, b) => {
    for (const compare of compares) if (compare(a, b) !== 0) return compare(a, b);
    return 0;
  };

/** The contract's rankings, with the arguments that select them. */
const RANKINGS: readonly (readonly [string, Compare])[] = [
  [``, then(by('distance', -1), by('id', -1))],
  [`, which_to_keep := 'hard'`, then(by('distance', -1), by('id', -1))],
  [`, which_to_keep := 'easy'`, then(by('distance', 1), by('id', 1))],
  [`, rank_by := 'quality DESC'`, then(by('quality', -1), by('id', 1))],
  [
    `, rank_by := 'quality, cosine_dist_to_cent DESC'`,
    then(by('quality', 1), by('distance', -1), by('id', 1)),
  ],
];

const cosine = (a: readonly number[], b: readonly number[]): number => {
  const product = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * y[i], 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
};

/** Lists the faults of a result of pairwise, by the definitions of the contract. */
function faults(
  rows: readonly Row[],
  compare: Compare,
  found: ReadonlyMap<number, readonly [maxId: number, score: number]>,
): string[] {
  return rows.flatMap((row) => {
    const [maxId, score] = found.get(row.id) ?? [NaN, NaN];
    const earlier = rows
      .filter((other) => other.cluster === row.cluster && compare(other, row) < 0)
      .sort(compare);
    const scores = earlier.map((other) => cosine(row.embedding, other.embedding));
    const best = Math.max(0, ...scores);
    if (maxId === row.id) {
      return score === 0 && best <= TOLERANCE ? [] : [`${row.id}: itself ${score}, best is ${best}`];
    }
    const same = earlier.find((other) => other.embedding.join() === row.embedding.join());
    // A multiple of the row is as similar as its copy, and may be ranked before it.
    const candidates = same ? earlier.slice(0, earlier.indexOf(same) + 1) : earlier;
    const allowed = candidates.filter((_, i) => scores[i] >= best - TOLERANCE).map(({ id }) => id);
    if (same && score !== 1) return [`${row.id}: ${maxId} ${score}, equal to ${same.id}`];
    // Rounding may change a similarity of 0 slightly. If it is exactly 0, max_id is the row itself.
    const right = allowed.includes(maxId) && Math.abs(score - best) <= TOLERANCE && score > 0 && score <= 1;
    return right ? [] : [`${row.id}: ${maxId} ${score}, best is ${best} of ${allowed.join()}`];
  });
}

test('pairwise in SQL is what the contract says, in every ranking', async () => {
  await using session = await Session.open({ backend: 'cpu' });
  const { connection } = session;
  const anyRows = fc.integer({ min: 1, max: 5 }).chain(rowsOf);
  await fc.assert(
    fc.asyncProperty(anyRows, fc.constantFrom(...RANKINGS), async (rows, [ranking, compare]) => {
      const sql = (value: number | string | null): string =>
        value === null ? 'NULL' : typeof value === 'string' ? `'${value}'` : `${value}`;
      const values = rows.map((row) => {
        const { id, embedding, cluster, distance, quality } = row;
        return `(${id}, [${embedding.join()}]::FLOAT[], ${sql(cluster)}, ${sql(distance)}::DOUBLE, ${sql(quality)}::INTEGER)`;
      });
      await connection.run(
        `CREATE OR REPLACE TABLE input AS FROM (VALUES ${values.join()}) AS t(id, embedding, centroid, cosine_dist_to_cent, quality)`,
      );
      const reader = await connection.runAndReadAll(
        `SELECT id, max_id, cosine_sim_score FROM pairwise('input'${ranking})`,
      );
      const found = reader
        .getRows()
        .map(([id, maxId, score]) => [Number(id), [Number(maxId), Number(score)]] as const);
      expect(found).toHaveLength(rows.length);
      expect(faults(rows, compare, new Map(found))).toEqual([]);
    }),
    { numRuns: caseCount(60) },
  );
});
