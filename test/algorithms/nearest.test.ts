import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nearest, type Neighbors } from '../../src/algorithms/nearest.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { backends, openKernels } from '../kernels/backends.ts';
import { dot, TOLERANCE } from '../kernels/naive.ts';
import { embeddings, randomNumbers } from '../kernels/rows.ts';
import { FILE, MEMORY, quiet, shuffled, storeOf } from './stores.ts';
import { caseCount } from '../support/cases.ts';

interface Case {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly dim: number;
  readonly order: Int32Array;
  readonly k: number;
  readonly minScore: number;
}

/** Lists the faults of the neighbours found, compared with a float64 search. */
function faults({ x, y, dim, order, k, minScore }: Case, found: Neighbors): string[] {
  const place = new Int32Array(order.length);
  order.forEach((row, i) => (place[row] = i));
  const wrong: string[] = [];
  for (let row = 0, at = 0; row < x.length / dim; row++) {
    const fail = (what: string): void => void wrong.push(`row ${row}: ${what}`);
    const others = [...order].filter((other) => x !== y || other !== row);
    const scores = others.map((other) => dot(x, row, y, other, dim)).sort((a, b) => b - a);
    const own: number[] = [];
    for (; found.query[at] === row; at++) {
      const [neighbor, score, before] = [found.neighbor[at], found.score[at], found.score[at - 1]];
      const exact = dot(x, row, y, neighbor, dim);
      if (!others.includes(neighbor) || own.includes(neighbor)) fail(`neighbour ${neighbor}`);
      if (Math.abs(score - Math.max(-1, Math.min(1, exact))) > TOLERANCE) fail(`${score}, not ${exact}`);
      if (exact < scores[own.length] - TOLERANCE) fail(`${neighbor} with ${exact} in place ${own.length}`);
      if (score < minScore || score > 1) fail(`score ${score}`);
      if (own.length > 0 && score > before) fail('not nearest first');
      if (own.length > 0 && score === before && place[neighbor] < place[found.neighbor[at - 1]]) fail('ties');
      own.push(neighbor);
      if (found.rank[at] !== own.length) fail(`rank ${found.rank[at]}`);
    }
    const reaching = scores.slice(0, k).filter((score) => score >= minScore + TOLERANCE).length;
    if (own.length < reaching || own.length > k) fail(`${own.length} neighbours`);
  }
  return wrong;
}

describe.each(backends)('nearest on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  async function run(
    x: Float32Array,
    y: Float32Array,
    dim: number,
    order: Int32Array,
    { k, minScore = -Infinity, where = MEMORY }: { k: number; minScore?: number; where?: typeof MEMORY },
  ): Promise<Neighbors> {
    const isSame = x === y;
    const targets = storeOf(y, dim, where);
    const queries = isSame ? targets : storeOf(x, dim, where);
    try {
      const hash = (row: number): number => targets.hash(row);
      const view = targets.view(order);
      return await nearest(queries, { view, order, hash }, { k, minScore, isSame }, { ...quiet, kernels });
    } finally {
      targets.close();
      queries.close();
    }
  }

  test('agrees with float64; ties go by the order of the targets', async () => {
    const cases = fc.record({
      rows: fc.integer({ min: 1, max: 60 }),
      columns: fc.integer({ min: 1, max: 90 }),
      dim: fc.integer({ min: 1, max: 80 }),
      topics: fc.integer({ min: 1, max: 30 }),
      noise: fc.constantFrom(0, 1e-7, 0.1, 1),
      seed: fc.nat(1000),
    });
    const k = fc.integer({ min: 1, max: 100 });
    const minScore = fc.constantFrom(-Infinity, 0, 0.9, 1);
    const property = fc.asyncProperty(
      cases, k, minScore, fc.boolean(), fc.boolean(),
      async ({ rows, columns, dim, ...how }, k, minScore, isSame, inFile) => {
        const all = embeddings({ rows: rows + columns, dim, ...how });
        const y = all.slice(rows * dim);
        const x = isSame ? y : all.slice(0, rows * dim);
        const order = shuffled(columns, randomNumbers(how.seed));
        const found = await run(x, y, dim, order, { k, minScore, where: inFile ? FILE : MEMORY });
        expect(faults({ x, y, dim, order, k, minScore }, found)).toEqual([]);
      },
    ); // prettier-ignore
    await fc.assert(property, { numRuns: caseCount(20) });
  });

  test('copies of a row come first and score 1, the first of them where there are more than k', async () => {
    const dim = 257;
    const kinds = embeddings({ rows: 3, dim, topics: 3, noise: 1 });
    const y = Float32Array.from(
      { length: 90 * dim },
      (_, i) => kinds[(Math.floor(i / dim) % 3) * dim + (i % dim)],
    );
    const order = Int32Array.from({ length: 90 }, (_, i) => 89 - i);
    const found = await run(kinds, y, dim, order, { k: 4 });
    expect([...found.score]).toEqual(Array.from({ length: 12 }, () => 1));
    expect([...found.neighbor]).toEqual([87, 84, 81, 78, 88, 85, 82, 79, 89, 86, 83, 80]);
    const own = await run(y, y, dim, order, { k: 2 });
    expect([...own.neighbor.subarray(87 * 2, 88 * 2)]).toEqual([84, 81]);
    expect([...own.neighbor.subarray(0, 2)]).toEqual([87, 84]);
  });
});
