import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kmeans, type Kmeans, type KmeansOptions } from '../../../src/algorithms/kmeans.ts';
import { branchesCostLess, chooseAlgorithm, usesBranches } from '../../../src/algorithms/tree/costModel.ts';
import type { Kernels } from '../../../src/kernels/kernels.ts';
import { backends, openKernels } from '../../kernels/backends.ts';
import { embeddings, randomNumbers } from '../../kernels/rows.ts';
import { FILE, MEMORY, quiet, shuffled, storeOf } from '../stores.ts';

const hashesFor = (rows: number): BigUint64Array => {
  const random = randomNumbers(7);
  return BigUint64Array.from(
    { length: rows },
    () => BigInt(Math.floor((random() + 1) * 2 ** 31)) * 4_294_967_291n,
  );
};

const [rows, dim, k] = [3000, 16, 120];
const values = embeddings({ rows, dim, topics: 200, noise: 0.6, seed: 4 });

/** Sum of squared distances of the rows to their centroids. */
const inertiaOf = ({ assigned }: Kmeans): number =>
  assigned.euclideanDistance.reduce((sum, distance) => sum + distance ** 2, 0);

describe.each(backends)('hierarchical k-means on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  const cluster = (
    x: Float32Array,
    clusters: number,
    more: Partial<KmeansOptions> = {},
    place = MEMORY,
    hashes = hashesFor(x.length / dim),
  ): Promise<Kmeans> =>
    kmeans(storeOf(x, dim, place), hashes, {
      kernels,
      k: clusters,
      algorithm: 'hierarchical',
      branches: true,
      maxIter: 300,
      tol: 1e-4,
      seed: 42,
      init: 'k-means||',
      oversamplingFactor: 2,
      fitRows: x.length / dim,
      directory: place.directory,
      ...quiet,
      ...more,
    });

  test.each(['k-means||', 'random'] as const)('from %s its inertia is within 2 %% of flat', async (init) => {
    const flat = await cluster(values, k, { algorithm: 'lloyd', init });
    const found = await cluster(values, k, { init });
    expect(found.tree?.directions.k).toBe(22);
    expect(inertiaOf(found)).toBeLessThanOrEqual(inertiaOf(flat) * 1.02);
    expect(Math.min(...found.assigned.counts)).toBeGreaterThan(0);
    expect(found.assigned.counts.reduce((sum, count) => sum + count, 0)).toBe(rows);
  });

  test('a row has the centroid at its distance; 9 of 10 have the nearest', async () => {
    const { assigned, centroids } = await cluster(values, k);
    let [wrong, nearest] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const distance = (c: number): number => {
        let sum = 0;
        for (let d = 0; d < dim; d++) sum += (values[row * dim + d] - centroids.values[c * dim + d]) ** 2;
        return Math.sqrt(sum);
      };
      const own = distance(assigned.centroid[row]);
      if (Math.abs(own - assigned.euclideanDistance[row]) > 2e-6) wrong++;
      if (Array.from({ length: k }, (_, c) => distance(c)).every((other) => own <= other + 1e-6)) nearest++;
    }
    expect(wrong).toBe(0);
    expect(nearest).toBeGreaterThan(0.9 * rows);
  });

  test('centroids are numbered branch after branch', async () => {
    const { tree, centroids } = await cluster(values, k);
    expect(tree?.centroids).toBe(centroids);
    expect([...tree!.numbers]).toEqual(Array.from({ length: k }, (_, c) => c));
    expect(tree!.offsets.at(-1)).toBe(k);
  });

  test('the place of rows in the store changes nothing', async () => {
    const hashes = hashesFor(rows);
    const place = shuffled(rows, randomNumbers(3));
    const moved = new Float32Array(values.length);
    const movedHashes = new BigUint64Array(rows);
    place.forEach((to, from) => {
      moved.set(values.subarray(from * dim, (from + 1) * dim), to * dim);
      movedHashes[to] = hashes[from];
    });
    const found = await cluster(values, k, { fitRows: 2000 }, MEMORY, hashes);
    const other = await cluster(moved, k, { fitRows: 2000 }, MEMORY, movedHashes);
    expect(other.centroids.values).toEqual(found.centroids.values);
    expect(place.map((to) => other.assigned.centroid[to])).toEqual(found.assigned.centroid);
  });

  test('another seed gives another answer', async () => {
    const found = await cluster(values, k);
    expect((await cluster(values, k, { seed: 7 })).centroids.values).not.toEqual(found.centroids.values);
  });

  test('as many centroids as rows, and one less', async () => {
    const few = values.slice(0, 150 * dim);
    const all = await cluster(few, 150);
    expect(new Set(all.assigned.centroid).size).toBe(150);
    expect(Math.max(...all.assigned.euclideanDistance)).toBeLessThan(1e-6);
    const less = await cluster(few, 149);
    expect(Math.min(...less.assigned.counts)).toBe(1);
    expect(Math.max(...less.assigned.counts)).toBe(2);
  });

  test.each([1, 2, 3, 17])('%i clusters', async (clusters) => {
    const { assigned } = await cluster(values.slice(0, 200 * dim), clusters);
    expect(new Set(assigned.centroid).size).toBe(clusters);
  });

  test('identical rows share one centroid at distance 0', async () => {
    const same = Float32Array.from({ length: 90 * dim }, (_, i) => values[i % dim]);
    for (const clusters of [1, 30, 90]) {
      const { assigned } = await cluster(same, clusters);
      expect(new Set(assigned.centroid).size).toBe(1);
      expect(Math.max(...assigned.euclideanDistance)).toBeLessThan(1e-6);
    }
  });

  test('every centroid has rows where many rows are copies of one', async () => {
    const copies = Float32Array.from({ length: 400 * dim }, (_, i) => values[i < 300 * dim ? i % dim : i]);
    for (const init of ['k-means||', 'random'] as const) {
      const { assigned } = await cluster(copies, 80, { init });
      expect(Math.min(...assigned.counts)).toBeGreaterThan(0);
    }
  });

  test('one iteration is enough for an answer', async () => {
    const { iterations, assigned } = await cluster(values, k, { maxIter: 1 });
    expect(iterations).toBe(1);
    expect(Math.min(...assigned.counts)).toBeGreaterThan(0);
  });
});

describe('hierarchical k-means', () => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels('cpu')));
  afterAll(() => kernels.close());

  /** At least 128 rows per centroid, so that the fit begins with a part of the sample. */
  const parted = embeddings({ rows: 5200, dim, topics: 80, noise: 0.7, seed: 9 });
  const options = (): KmeansOptions => ({
    kernels,
    k: 40,
    algorithm: 'hierarchical',
    branches: true,
    maxIter: 300,
    tol: 1e-4,
    seed: 42,
    init: 'k-means||',
    oversamplingFactor: 2,
    fitRows: 5200,
    directory: MEMORY.directory,
    ...quiet,
  });
  const run = (more: Partial<KmeansOptions> = {}, place = MEMORY): Promise<Kmeans> =>
    kmeans(storeOf(parted, dim, place), hashesFor(5200), { ...options(), ...more });

  test.each([true, false])('looks at a part of the sample first (branches: %s)', async (branches) => {
    const details: string[] = [];
    const found = await run({ branches, progress: ({ detail }) => void (detail && details.push(detail)) });
    const way = branches ? ' through branches' : '';
    expect(details.some((detail) => detail.endsWith(`, 2,560 rows${way}`))).toBe(true);
    expect(details.at(-1)).toMatch(new RegExp(`^inertia [\\d.]+, 5,200 rows${way}$`));
    expect(inertiaOf(found)).toBeLessThanOrEqual(inertiaOf(await run({ algorithm: 'lloyd' })) * 1.01);
    expect(found.iterations).toBe(details.filter((detail) => detail.startsWith('inertia')).length);
  });

  test('rows meet all centroids where branches would lose much, and some where they would not', async () => {
    const plan = { fitRows: Infinity, k: 1600, maxIter: 4, branches: undefined, tol: 0 };
    const long = 256;
    const fit = async (noise: number): Promise<Kmeans> => {
      const x = embeddings({ rows: 64 * 1600, dim: long, topics: 1600, noise, seed: 2 });
      return kmeans(storeOf(x, long), hashesFor(64 * 1600), { ...options(), ...plan });
    };
    expect((await fit(0.2)).tree?.directions.k).toBe(80);
    expect((await fit(30)).tree).toBeUndefined();
  }, 120_000);

  test.each([1, 2, 5])('at most %i iterations in all', async (maxIter) => {
    expect((await run({ maxIter, tol: 0 })).iterations).toBe(maxIter);
  });

  test.each([
    ['one thread', { threads: 1 }, MEMORY],
    ['a sample that kernels do not keep', { memory: 0 }, MEMORY],
    ['rows in the temporary file', {}, FILE],
    ['everything in files', { memory: 0 }, FILE],
  ])('%s gives the same answer', async (_, more, place) => {
    const ample = await run();
    const tight = await run({ ...more, directory: place.directory }, place);
    expect(tight.centroids.values).toEqual(ample.centroids.values);
    expect(tight.assigned).toEqual(ample.assigned);
  });

  test.each(['k-means', 'assign'])('can be aborted during %s', async (step) => {
    const controller = new AbortController();
    const running = run({
      signal: controller.signal,
      progress: (event) => {
        if (event.step === step && (step === 'assign' || event.done === 3))
          controller.abort(new Error('stopped'));
      },
    });
    await expect(running).rejects.toThrow('stopped');
  });
});

describe('the choice of an algorithm', () => {
  const size = (rows: number, k: number, dim: number) => ({
    rows,
    sample: Math.min(rows, 256 * k),
    k,
    dim,
    hasNear: true,
  });

  test('flat k-means while it is cheap', () => {
    expect(chooseAlgorithm(size(200_000, 200, 768))).toBe('lloyd');
    expect(chooseAlgorithm(size(341_479, 341, 100))).toBe('lloyd');
    expect(chooseAlgorithm(size(1_000_000, 1000, 96))).toBe('hierarchical');
    // A distance of short rows costs nearly as much as one of longer rows.
    expect(chooseAlgorithm(size(1_000_000, 1000, 32))).toBe('hierarchical');
    expect(chooseAlgorithm(size(10_000_000, 10_000, 32))).toBe('hierarchical');
  });

  test('flat k-means where it saves little: many rows to assign after a fit on few', () => {
    expect(chooseAlgorithm(size(100_000, 1000, 2000))).toBe('hierarchical');
    expect(chooseAlgorithm({ ...size(10_000_000, 1000, 768), sample: 100_000 })).toBe('lloyd');
  });

  test('a backend without near centroids compares rows with all, or with those of a branch', () => {
    const large = { ...size(3_000_000, 3000, 96), hasNear: false };
    expect(branchesCostLess({ ...large, hasNear: true })).toBe(false);
    expect(branchesCostLess(large)).toBe(true);
    const few = { ...size(1_000_000, 1000, 768), sample: 100_000 };
    expect(chooseAlgorithm(few)).toBe('hierarchical');
    expect(chooseAlgorithm({ ...few, hasNear: false })).toBe('lloyd');
  });

  test('branches from where they save 28 % of the products, with 64 rows per centroid and more', () => {
    const branched = (k: number, dim: number, sample = 64 * k) => usesBranches({ sample, k, dim });
    expect([1000, 1500, 3000].map((k) => branched(k, 768))).toEqual([false, true, true]);
    expect([1000, 2000, 3000].map((k) => branched(k, 96))).toEqual([false, false, true]);
    expect(branched(3000, 96, 64 * 3000 - 1)).toBe(false);
  });
});
