import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kmeans, type Kmeans, type KmeansOptions } from '../../src/algorithms/kmeans.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { backends, openKernels } from '../kernels/backends.ts';
import { dot } from '../kernels/naive.ts';
import { embeddings, randomNumbers } from '../kernels/rows.ts';
import { FILE, MEMORY, quiet, shuffled, storeOf } from './stores.ts';

interface Model {
  readonly centroids: Float64Array;
  readonly label: Int32Array;
  readonly inertia: number;
}

const squaredDistance = (
  x: Float32Array,
  row: number,
  centroids: ArrayLike<number>,
  c: number,
  dim: number,
): number => {
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += (x[row * dim + d] - centroids[c * dim + d]) ** 2;
  return sum;
};

/** Nearest centroids in float64. */
function assignNaively(
  values: Float32Array,
  dim: number,
  centroids: ArrayLike<number>,
): { label: Int32Array; inertia: number } {
  const rows = values.length / dim;
  const k = centroids.length / dim;
  const label = new Int32Array(rows);
  let inertia = 0;
  for (let row = 0; row < rows; row++) {
    let best = Infinity;
    for (let c = 0; c < k; c++) {
      const distance = squaredDistance(values, row, centroids, c, dim);
      if (distance >= best) continue;
      best = distance;
      label[row] = c;
    }
    inertia += best;
  }
  return { label, inertia };
}

/** Lloyd's algorithm in float64, until no label changes. */
function lloyd(values: Float32Array, dim: number, init: ArrayLike<number>, iterations = 300): Model {
  let centroids = Float64Array.from(init);
  let { label, inertia } = assignNaively(values, dim, centroids);
  for (let i = 0; i < iterations; i++) {
    const sums = new Float64Array(centroids.length);
    const counts = new Float64Array(centroids.length / dim);
    label.forEach((c, row) => {
      counts[c]++;
      for (let d = 0; d < dim; d++) sums[c * dim + d] += values[row * dim + d];
    });
    centroids = sums.map((value, j) =>
      counts[Math.floor(j / dim)] > 0 ? value / counts[Math.floor(j / dim)] : centroids[j],
    );
    const next = assignNaively(values, dim, centroids);
    const settled = next.label.every((c, row) => c === label[row]);
    ({ label, inertia } = next);
    if (settled) break;
  }
  return { centroids, label, inertia };
}

/** The first `k` rows, as initial centroids. */
const firstRows = (values: Float32Array, dim: number, k: number): Float32Array => values.slice(0, k * dim);

const hashesFor = (rows: number, seed = 7): BigUint64Array => {
  const random = randomNumbers(seed);
  return BigUint64Array.from(
    { length: rows },
    () => BigInt(Math.floor((random() + 1) * 2 ** 31)) * 4_294_967_291n,
  );
};

/** The default options of `kmeans`, with all rows in the fit. */
const defaults = (kernels: Kernels, k: number, rows: number): KmeansOptions => ({
  kernels,
  k,
  algorithm: 'lloyd',
  maxIter: 300,
  tol: 1e-4,
  seed: 42,
  init: 'k-means||',
  oversamplingFactor: 2,
  fitRows: rows,
  directory: MEMORY.directory,
  ...quiet,
});

describe.each(backends)('kmeans on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  const fit = (
    values: Float32Array,
    dim: number,
    k: number,
    options: Partial<KmeansOptions> = {},
    place = MEMORY,
  ): Promise<Kmeans> => {
    const rows = values.length / dim;
    return kmeans(storeOf(values, dim, place), hashesFor(rows), {
      ...defaults(kernels, k, rows),
      directory: place.directory,
      ...options,
    });
  };

  test('reaches the optimum of float64 Lloyd from the same start on separated clusters', async () => {
    const [rows, dim, k] = [300, 24, 6];
    const values = embeddings({ rows, dim, topics: k, noise: 0.1 });
    const init = firstRows(values, dim, k);
    const exact = lloyd(values, dim, init);
    const { assigned, centroids, inertia } = await fit(values, dim, k, { init, tol: 0 });
    expect(assigned.centroid).toEqual(exact.label);
    expect(centroids.values.findIndex((value, i) => Math.abs(value - exact.centroids[i]) > 1e-6)).toBe(-1);
    expect(Math.abs(inertia - exact.inertia)).toBeLessThan(1e-4 * rows);
  });

  test.each(['k-means||', 'random'] as const)('finds separated clusters by itself from %s', async (init) => {
    const [rows, dim, k] = [240, 16, 5];
    const values = embeddings({ rows, dim, topics: k, noise: 0.1 });
    const { inertia } = lloyd(values, dim, firstRows(values, dim, k));
    const { centroids } = await fit(values, dim, k, { init });
    expect(assignNaively(values, dim, centroids.values).inertia).toBeLessThanOrEqual(inertia * 1.01);
  });

  test('distances are those to the assigned centroid, which is the nearest one', async () => {
    const [rows, dim, k] = [200, 9, 7];
    const values = embeddings({ rows, dim, topics: 12, noise: 0.8 });
    const { assigned, centroids } = await fit(values, dim, k);
    const exact = assignNaively(values, dim, centroids.values);
    const wrong = Array.from(assigned.centroid).filter((c, row) => {
      const squared = squaredDistance(values, row, centroids.values, c, dim);
      const nearest = squaredDistance(values, row, centroids.values, exact.label[row], dim);
      const norm = Math.sqrt(dot(centroids.values, c, centroids.values, c, dim));
      const cosine = 1 - dot(values, row, centroids.values, c, dim) / norm;
      return !(
        squared <= nearest + 4e-6 &&
        Math.abs(assigned.euclideanDistance[row] - Math.sqrt(squared)) <= 2e-6 &&
        Math.abs(assigned.cosineDistance[row] - cosine) <= 2e-6
      );
    });
    expect(wrong).toEqual([]);
    expect(assigned.counts.reduce((a, b) => a + b, 0)).toBe(rows);
    assigned.counts.forEach((count, c) =>
      expect(count).toBe(assigned.centroid.filter((label) => label === c).length),
    );
  });
});

describe('kmeans', () => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels('cpu')));
  afterAll(() => kernels.close());

  const [rows, dim, k] = [2500, 32, 20];
  /** Clusters that are not separated, so that Lloyd's algorithm takes many iterations. */
  const blurred = embeddings({ rows, dim, topics: 60, noise: 0.9, seed: 4 });
  const options = (): KmeansOptions => defaults(kernels, k, rows);

  test('the inertia falls, to that of float64 Lloyd in at most two thirds of its iterations', async () => {
    const init = firstRows(blurred, dim, k);
    const plain = [1, 2, 4, 8, 16, 32, 64].map((i) => lloyd(blurred, dim, init, i).inertia);
    const end = lloyd(blurred, dim, init).inertia;
    const enough = 2 ** plain.findIndex((inertia) => inertia <= end * 1.002);
    expect(enough).toBeGreaterThan(4);
    const seen: number[] = [];
    for (let maxIter = 1; maxIter <= (enough * 2) / 3; maxIter++) {
      const { inertia, iterations } = await kmeans(storeOf(blurred, dim), hashesFor(rows), {
        ...options(),
        init,
        tol: 0,
        maxIter,
      });
      expect(iterations).toBe(maxIter);
      seen.push(inertia);
    }
    expect(seen.at(-1)).toBeLessThan(seen[0] * 0.99);
    expect(seen.at(-1)).toBeLessThanOrEqual(end * 1.002);
  });

  test('without a tolerance it ends when centroids are the means of the rows nearest to them', async () => {
    const { centroids, assigned } = await kmeans(storeOf(blurred, dim), hashesFor(rows), {
      ...options(),
      tol: 0,
    });
    const once = lloyd(blurred, dim, centroids.values, 1);
    expect(once.label).toEqual(assigned.centroid);
    expect(centroids.values.findIndex((value, i) => Math.abs(value - once.centroids[i]) > 1e-6)).toBe(-1);
  });

  test('the inertia reported is that of the centroids before the last update', async () => {
    const init = firstRows(blurred, dim, k);
    const { inertia } = await kmeans(storeOf(blurred, dim), hashesFor(rows), {
      ...options(),
      init,
      maxIter: 1,
    });
    expect(Math.abs(inertia / assignNaively(blurred, dim, init).inertia - 1)).toBeLessThan(1e-5);
  });

  test('from the same start it is within 1 % of float64 Lloyd', async () => {
    const init = firstRows(blurred, dim, k);
    const exact = lloyd(blurred, dim, init);
    const { centroids } = await kmeans(storeOf(blurred, dim), hashesFor(rows), { ...options(), init });
    expect(assignNaively(blurred, dim, centroids.values).inertia).toBeLessThanOrEqual(exact.inertia * 1.01);
  });

  test.each(['k-means||', 'random'] as const)(
    'from %s it is within a thirtieth of float64 Lloyd',
    async (init) => {
      const exact = Math.min(
        ...[0, 1, 2].map((i) => lloyd(blurred, dim, blurred.slice(i * k * dim, (i + 1) * k * dim)).inertia),
      );
      const { centroids } = await kmeans(storeOf(blurred, dim), hashesFor(rows), { ...options(), init });
      expect(assignNaively(blurred, dim, centroids.values).inertia).toBeLessThanOrEqual(exact * (1 + 1 / 30));
    },
  );

  test('tol stops it, max_iter too', async () => {
    const init = firstRows(blurred, dim, k);
    const iterations = async (more: Partial<KmeansOptions>): Promise<number> =>
      (await kmeans(storeOf(blurred, dim), hashesFor(rows), { ...options(), init, ...more })).iterations;
    const toTheEnd = await iterations({ tol: 0 });
    expect(await iterations({ tol: 1e9 })).toBe(2);
    expect(await iterations({ tol: 1e9, maxIter: 1 })).toBe(1);
    expect(await iterations({ tol: 1e-2 })).toBeLessThan(toTheEnd);
    expect(toTheEnd).toBeLessThan(300);
  });

  test('the place of rows in the store changes nothing', async () => {
    const hashes = hashesFor(rows);
    const found = await kmeans(storeOf(blurred, dim), hashes, options());
    const place = shuffled(rows, randomNumbers(3));
    const moved = new Float32Array(blurred.length);
    const movedHashes = new BigUint64Array(rows);
    place.forEach((to, from) => {
      moved.set(blurred.subarray(from * dim, (from + 1) * dim), to * dim);
      movedHashes[to] = hashes[from];
    });
    const other = await kmeans(storeOf(moved, dim), movedHashes, options());
    expect(other.centroids.values).toEqual(found.centroids.values);
    expect(place.map((to) => other.assigned.centroid[to])).toEqual(found.assigned.centroid);
    expect(Float32Array.from(place, (to) => other.assigned.euclideanDistance[to])).toEqual(
      found.assigned.euclideanDistance,
    );
  });

  test.each([
    ['a sample that kernels do not keep', { memory: 0 }, MEMORY],
    ['a sample of which half stays in memory', { memory: (rows * dim * 4) / 2 }, MEMORY],
    ['rows in the temporary file', {}, FILE],
    ['everything in files', { memory: 0 }, FILE],
  ])('%s gives the same answer', async (_, more, place) => {
    const ample = await kmeans(storeOf(blurred, dim), hashesFor(rows), options());
    const tight = await kmeans(storeOf(blurred, dim, place), hashesFor(rows), { ...options(), ...more });
    expect(tight.centroids.values).toEqual(ample.centroids.values);
    expect(tight.assigned).toEqual(ample.assigned);
  });

  test('the fit looks at the rows with the lowest hashes only', async () => {
    const hashes = hashesFor(rows);
    const chosen = [...hashes.keys()].sort((a, b) => (hashes[a] < hashes[b] ? -1 : 1)).slice(0, 300);
    const few = new Float32Array(chosen.length * dim);
    chosen.forEach((row, i) => few.set(blurred.subarray(row * dim, (row + 1) * dim), i * dim));
    const all = await kmeans(storeOf(blurred, dim), hashes, { ...options(), k: 5, fitRows: 300 });
    const alone = await kmeans(storeOf(few, dim), hashes.filter((_, row) => chosen.includes(row)).sort(), {
      ...options(),
      k: 5,
      fitRows: 300,
    });
    expect(all.centroids.values).toEqual(alone.centroids.values);
  });

  test('centroids are the plain means of their rows', async () => {
    const { centroids, assigned } = await kmeans(storeOf(blurred, dim), hashesFor(rows), {
      ...options(),
      tol: 0,
    });
    const sums = new Float64Array(k * dim);
    assigned.centroid.forEach((c, row) => {
      for (let d = 0; d < dim; d++) sums[c * dim + d] += blurred[row * dim + d];
    });
    const worst = Math.max(
      ...sums.map((value, i) => Math.abs(value / assigned.counts[Math.floor(i / dim)] - centroids.values[i])),
    );
    expect(worst).toBeLessThan(1e-6);
  });

  test('every centroid has rows from a start where most have none', async () => {
    const init = Float32Array.from({ length: k * dim }, (_, i) => (i % dim === 0 ? -1 : 0));
    const { assigned } = await kmeans(storeOf(blurred, dim), hashesFor(rows), { ...options(), init });
    expect(Math.min(...assigned.counts)).toBeGreaterThan(0);
  });

  test('can be aborted', async () => {
    const controller = new AbortController();
    const running = kmeans(storeOf(blurred, dim), hashesFor(rows), {
      ...options(),
      tol: 0,
      signal: controller.signal,
      progress: ({ step, done }) => {
        if (step === 'k-means' && done === 2) controller.abort(new Error('stopped'));
      },
    });
    await expect(running).rejects.toThrow('stopped');
  });
});
