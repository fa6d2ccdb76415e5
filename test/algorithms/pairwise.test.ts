import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterOrder, type ClusterOrder } from '../../src/algorithms/pairwise/clusterOrder.ts';
import { pairwise, type Pairwise } from '../../src/algorithms/pairwise/pairwise.ts';
import type { RowStoreOptions } from '../../src/rows/rowStore.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { backends, openKernels } from '../kernels/backends.ts';
import { dot, TOLERANCE } from '../kernels/naive.ts';
import { embeddings, randomNumbers, unitRows } from '../kernels/rows.ts';
import { FILE, MEMORY, quiet, shuffled, storeOf } from './stores.ts';
import { caseCount } from '../support/cases.ts';

const AMPLE = 2 ** 30;
const SMALLEST = 1;

interface Case {
  readonly values: Float32Array;
  readonly dim: number;
  readonly order: ClusterOrder;
}

/** Rows with shuffled ranks, in clusters of `sizes`. The rows of a cluster are anywhere in the store. */
function makeCase(values: Float32Array, dim: number, sizes: readonly number[], seed = 1): Case {
  const rows = values.length / dim;
  const random = randomNumbers(seed);
  const places = shuffled(rows, random);
  const cluster = new Int32Array(rows);
  let at = 0;
  sizes.forEach((size, c) => {
    for (let i = 0; i < size; i++) cluster[places[at++]] = c;
  });
  return { values, dim, order: clusterOrder({ cluster }, sizes.length, shuffled(rows, random)) };
}

const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
const bytesOf = (values: Float32Array, row: number, dim: number): string =>
  Buffer.from(values.buffer, values.byteOffset + row * dim * 4, dim * 4).toString('latin1');

/** Lists the faults of the result of `pairwise` per row, by the contract and a float64 search. */
function faults({ values, dim, order }: Case, { score, maxRow }: Pairwise): string[] {
  const found: string[] = [];
  for (let c = 0; c + 1 < order.offsets.length; c++) {
    const members = order.rows.subarray(order.offsets[c], order.offsets[c + 1]);
    const earliest = new Map<string, number>();
    members.forEach((row, rank) => {
      const fail = (what: string): void =>
        void found.push(`cluster ${c} rank ${rank}: ${score[row]} with ${maxRow[row]}, ${what}`);
      const bytes = bytesOf(values, row, dim);
      const same = earliest.get(bytes);
      if (same === undefined) earliest.set(bytes, row);
      const earlier = members.subarray(0, rank);
      let best = -Infinity;
      for (const other of earlier) best = Math.max(best, dot(values, row, values, other, dim));
      if (same !== undefined) {
        if (score[row] !== 1 || maxRow[row] !== same) fail(`equal to row ${same}`);
      } else if (maxRow[row] === row) {
        if (score[row] !== 0 || best > TOLERANCE) fail(`best is ${best}`);
      } else if (!earlier.includes(maxRow[row])) {
        fail('which is no earlier row of the cluster');
      } else if (!(
        score[row] > 0 &&
        score[row] <= 1 &&
        Math.abs(score[row] - Math.min(best, 1)) <= TOLERANCE
      )) {
        fail(`best is ${best}`);
      } else if (dot(values, row, values, maxRow[row], dim) < best - TOLERANCE) {
        fail(`whose similarity is ${dot(values, row, values, maxRow[row], dim)}, best is ${best}`);
      }
    });
  }
  return found;
}

/** Kinds of rows that could fail in different ways. */
const KINDS = {
  /** Around topics. */
  topics: (rows, dim, seed) => embeddings({ rows, dim, seed, topics: 4 }),
  /** In all directions: half of the similarities are negative. */
  everywhere: (rows, dim, seed) => embeddings({ rows, dim, seed, topics: rows, noise: 1 }),
  /** So similar to each other that int8 arithmetic cannot separate them. */
  crowd: (rows, dim, seed) => embeddings({ rows, dim, seed, topics: 1, noise: 0.002 }),
  /** A few different rows, each repeated many times. */
  copies: (rows, dim, seed) => {
    const few = embeddings({ rows: 5, dim, seed, topics: 5 });
    return Float32Array.from(
      { length: rows * dim },
      (_, i) => few[((Math.floor(i / dim) * 7) % 5) * dim + (i % dim)],
    );
  },
  /** Along the axes in both directions: similarities are 1, 0 and −1, with many ties. */
  axes: (rows, dim, seed) => {
    const random = randomNumbers(seed);
    const axis = (): Float64Array => {
      const row = new Float64Array(dim);
      row[Math.floor(((random() + 1) / 2) * Math.min(dim, 6))] = random() < 0 ? -1 : 1;
      return row;
    };
    return unitRows(Array.from({ length: rows }, axis));
  },
  /** Small whole numbers: many equal rows, and equal similarities that float32 rounds. */
  coarse: (rows, dim, seed) => {
    const random = randomNumbers(seed);
    const row = (): Float64Array =>
      Float64Array.from({ length: dim }, (_, d) => Math.round(random() * 1.2) || Number(d === 0));
    return unitRows(Array.from({ length: rows }, row));
  },
} satisfies Record<string, (rows: number, dim: number, seed: number) => Float32Array>;
const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];

async function pairwiseOf(
  kernels: Kernels,
  { values, dim, order }: Case,
  memory = AMPLE,
  options = MEMORY,
): Promise<Pairwise> {
  const store = storeOf(values, dim, options);
  const result = await pairwise(store, order, { ...quiet, kernels, memory });
  store.close();
  return result;
}

/** Software adapters are slow. */
const RUNS = { reference: 60, cpu: 120, webgpu: 6 };

describe.each(backends)('pairwise on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  const run = (given: Case, memory?: number, options?: RowStoreOptions): Promise<Pairwise> =>
    pairwiseOf(kernels, given, memory, options);

  test('equals a float64 search', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...kinds),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 9 }),
        fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(127, 128, 129, 768)),
        fc.integer({ min: 1, max: 10_000 }),
        async (kind, sizes, dim, seed) => {
          fc.pre(sum(sizes) > 0);
          const given = makeCase(KINDS[kind](sum(sizes), dim, seed), dim, sizes, seed);
          expect(faults(given, await run(given))).toEqual([]);
        },
      ),
      { numRuns: caseCount(RUNS[name]) },
    );
  });

  const dims =
    name === 'webgpu' ? [1, 3, 17, 768] : [1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 64, 100, 767, 768, 769, 2000];
  test.each(dims)('in %i dimensions', async (dim) => {
    for (const kind of kinds) {
      const given = makeCase(KINDS[kind](41, dim, dim), dim, [25, 1, 15], dim);
      expect([kind, ...faults(given, await run(given))]).toEqual([kind]);
    }
  });

  test('no clusters, empty clusters, single rows', async () => {
    const values = embeddings({ rows: 3, dim: 8 });
    const given = makeCase(values, 8, [0, 1, 0, 1, 1, 0]);
    const { score, maxRow } = await run(given);
    expect([...score]).toEqual([0, 0, 0]);
    expect([...maxRow]).toEqual([0, 1, 2]);
    const none = await run(makeCase(new Float32Array(0), 8, []));
    expect(none.score).toHaveLength(0);
  });
});

describe('pairwise', () => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels('cpu')));
  afterAll(() => kernels.close());

  const run = (given: Case, memory?: number, options?: RowStoreOptions): Promise<Pairwise> =>
    pairwiseOf(kernels, given, memory, options);

  describe.each(['topics', 'crowd', 'copies', 'coarse'] as const)('at the edges of tiles, %s', (kind) => {
    test.each([
      [[255]],
      [[256]],
      [[257]],
      [[511, 1, 2]],
      [[1, 255, 256, 257, 1]],
      [[254, 3, 254, 3, 1023]],
      [[2048]],
      [[2049]],
      [[100, 2047, 300]],
    ])('clusters of %j rows', async (sizes) => {
      const given = makeCase(KINDS[kind](sum(sizes), 12, 3), 12, sizes, 3);
      expect(faults(given, await run(given))).toEqual([]);
    });
  });

  test('a cluster of 3,000 rows', async () => {
    const given = makeCase(KINDS.topics(3000, 24, 9), 24, [3000], 9);
    expect(faults(given, await run(given))).toEqual([]);
  });

  describe.each(kinds)('any budget gives the same answer, %s', (kind) => {
    test('a cluster larger than the budget, among small ones', async () => {
      const sizes = [40, 1100, 3, 0, 300, 1];
      const given = makeCase(KINDS[kind](sum(sizes), 20, 5), 20, sizes, 5);
      const ample = await run(given);
      expect(faults(given, ample)).toEqual([]);
      for (const memory of [SMALLEST, 300 * 20 * 4, 700 * 20 * 4]) {
        const tight = await run(given, memory);
        expect(tight, `${memory} bytes`).toEqual(ample);
      }
    });

    test('rows in the temporary file', async () => {
      const sizes = [500, 20, 1, 279];
      const given = makeCase(KINDS[kind](sum(sizes), 33, 5), 33, sizes, 5);
      const inMemory = await run(given);
      expect(await run(given, AMPLE, FILE)).toEqual(inMemory);
      expect(await run(given, SMALLEST, FILE)).toEqual(inMemory);
    });
  });

  test('the place of rows in the store changes nothing', async () => {
    const { values, dim, order } = makeCase(KINDS.crowd(700, 16, 8), 16, [400, 300], 8);
    const found = await run({ values, dim, order });
    const place = shuffled(700, randomNumbers(2));
    const moved = new Float32Array(values.length);
    place.forEach((to, from) => moved.set(values.subarray(from * dim, (from + 1) * dim), to * dim));
    const other = await run({
      values: moved,
      dim,
      order: { ...order, rows: order.rows.map((row) => place[row]) },
    });
    expect(place.map((to) => other.maxRow[to])).toEqual(found.maxRow.map((row) => place[row]));
    expect(Float32Array.from(place, (to) => other.score[to])).toEqual(found.score);
  });

  test('can be aborted', async () => {
    const controller = new AbortController();
    const { values, dim, order } = makeCase(KINDS.topics(600, 8, 1), 8, [200, 200, 200]);
    const store = storeOf(values, dim);
    const running = pairwise(store, order, {
      ...quiet,
      kernels,
      signal: controller.signal,
      progress: () => controller.abort(new Error('stopped')),
    });
    await expect(running).rejects.toThrow('stopped');
  });

  test('reports pairs of rows as done, from none to all', async () => {
    const { values, dim, order } = makeCase(KINDS.topics(900, 8, 1), 8, [200, 300, 0, 400]);
    const pairs = [200, 300, 400].reduce((total, rows) => total + (rows * (rows - 1)) / 2, 0);
    const done: number[] = [];
    await pairwise(storeOf(values, dim), order, {
      ...quiet,
      kernels,
      progress(progress) {
        expect(progress.total).toBe(pairs);
        done.push(progress.done);
      },
    });
    expect([done[0], done.at(-1)]).toEqual([0, pairs]);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
  });
});
