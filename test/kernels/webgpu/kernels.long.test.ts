import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Best, Kernels, Pairs } from '../../../src/kernels/kernels.ts';
import { createWebGpuKernels, type WebGpuOptions } from '../../../src/kernels/webgpu/index.ts';
import { readRows, sliceView, viewOf, viewRows, type RowView } from '../../../src/rows/rowView.ts';
import { hasAdapter } from '../backends.ts';
import { freshLloydStep, searchAll, searchEarlier, work } from '../calls.ts';
import { bestFaults, centroidsOf, dot, earlierRows, TOLERANCE } from '../naive.ts';
import { embeddings, offsetsOf } from '../rows.ts';
import { caseCount } from '../../support/cases.ts';

async function withKernels<T>(options: WebGpuOptions, use: (kernels: Kernels) => Promise<T>): Promise<T> {
  const kernels = await createWebGpuKernels(options);
  try {
    return await use(kernels);
  } finally {
    await kernels.close();
  }
}

describe.runIf(hasAdapter)('webgpu', () => {
  const dim = 20;
  const rowBytes = 32 * 4;
  const values = embeddings({ rows: 700, dim, topics: 30 });
  const rows = viewOf(values, dim);
  const offsets = offsetsOf([300, 1, 150, 249]);
  const centroids = centroidsOf(embeddings({ rows: 300, dim, seed: 9, topics: 40 }), dim);

  /** Buffers of 130 rows, and batches of as many: ranges begin, end and lie across their borders. */
  const smallBuffers = { maxBufferBytes: 130 * rowBytes };
  const smallBatches = { batchRows: 100 };

  const search = async (kernels: Kernels) => ({
    triangle: await searchEarlier(kernels, rows, offsets),
    rectangle: await searchAll(kernels, rows, rows),
  });
  const cluster = async (kernels: Kernels) => ({
    state: await freshLloydStep(kernels, rows, centroids),
    assigned: await searchAll(kernels, rows, centroids),
  });

  test.each([smallBuffers, smallBatches])('searches with %j give the same bits', async (options) => {
    const whole = await withKernels({}, search);
    expect(bestFaults(whole.triangle, values, values, dim, earlierRows(offsets))).toEqual([]);
    expect(await withKernels(options, search)).toEqual(whole);
  });

  test.each([smallBuffers, smallBatches])('labels and sums with %j have the same bits', async (options) => {
    expect(await withKernels(options, cluster)).toEqual(await withKernels({}, cluster));
  });

  test('tiles of 64 give the same bits as tiles of 128', async () => {
    expect(await withKernels({ tile: 64 }, search)).toEqual(await withKernels({ tile: 128 }, search));
  });

  test('rows whose tiles are cut between two submits give the same bits', async () => {
    const many = viewOf(embeddings({ rows: 2400, dim: 4, topics: 30 }), 4);
    const run = (kernels: Kernels) => searchAll(kernels, many, many);
    // Room for 600 tiles per submit, 38 tiles per row tile: row tile 15 is cut, behind the tile that holds its best columns.
    const cut: WebGpuOptions = { tile: 64, maxBufferBytes: 2400 * rowBytes };
    expect(await withKernels(cut, run)).toEqual(await withKernels({}, run));
  });

  test('assignments of many rows, which are read back batch by batch', () =>
    withKernels({}, async (kernels) => {
      const count = 2 ** 17 + 1000;
      const x = viewOf(
        Float32Array.from({ length: count }, (_, row) => (row % 3 === 0 ? -1 : 1)),
        1,
      );
      const bias = Float32Array.of(-0.5, -0.5, -0.5);
      const three = { k: 3, dim: 1, values: Float32Array.of(0, 1, -1), bias };
      const { index, score } = await searchAll(kernels, x, three);
      expect(index).toEqual(Int32Array.from({ length: count }, (_, row) => (row % 3 === 0 ? 2 : 1)));
      expect(score).toEqual(new Float32Array(count).fill(1));
    }));

  test('a device goes on after rows that could not be read', () =>
    withKernels({}, async (kernels) => {
      const missing = viewRows({ dim, rows: 100, blockRows: 100, blocks: [], firstInFile: 0 });
      for (let i = 0; i < 4; i++)
        await expect(searchAll(kernels, missing, rows)).rejects.toThrow('row 0 is not stored');
      expect(await search(kernels)).toEqual(await withKernels({}, search));
    }));

  test.each(['0', '4 apples'])('a memory of %s is refused', async (size) => {
    vi.stubEnv('NEARDUCK_WEBGPU_MEMORY', size);
    await expect(createWebGpuKernels()).rejects.toThrow(
      `Invalid Input Error: NEARDUCK_WEBGPU_MEMORY must be a size of at least 1MB, such as '4GB' or '512MiB', got '${size}'`,
    );
    vi.unstubAllEnvs();
  });

  test('a closed device is refused', async () => {
    const kernels = await createWebGpuKernels();
    await kernels.close();
    await expect(search(kernels)).rejects.toThrow('webgpu: the device was closed');
    await expect(cluster(kernels)).rejects.toThrow('webgpu: the device was closed');
  });

  test('rows of another length than the centroids are refused', () =>
    withKernels({}, async (kernels) => {
      const step = freshLloydStep(kernels, viewOf(values, 10), centroids);
      await expect(step).rejects.toThrow('lloydStep: rows of 10 and of 20 values do not match');
    }));

  describe('ranges of any size', () => {
    let small: Kernels;
    let usual: Kernels;
    let reference: Kernels;
    beforeAll(async () => {
      small = await createWebGpuKernels({ batchRows: 37, tile: 64 });
      usual = await createWebGpuKernels();
      const { createReferenceKernels } = await import('../../../src/kernels/reference/index.ts');
      reference = await createReferenceKernels();
    });
    afterAll(() => Promise.all([small, usual, reference].map((kernels) => kernels.close())));

    const others = embeddings({ rows: 500, dim, topics: 30, seed: 4 });
    const backwards = Int32Array.from({ length: 700 }, (_, row) => 699 - row);
    /** Rows in store order and in the order of a list: all of them, and a part. */
    const QUERIES: readonly RowView[] = [
      rows,
      sliceView(rows, 55, 655),
      viewRows(rows.store, backwards),
      sliceView(viewRows(rows.store, backwards), 55, 655),
    ];
    const sizes = fc.array(fc.oneof(fc.nat(3), fc.nat(90)), { minLength: 6, maxLength: 6 });
    const anyQueries = fc.constantFrom(...QUERIES);
    const pairsOf = (queries: readonly number[], targets: readonly number[]): Pairs => ({
      queries: offsetsOf(queries),
      targets: offsetsOf(targets.map((size) => Math.min(size, 80))),
      earlier: false,
    });
    const BEST = { kind: 'best' } as const;

    /** Rows with another target or score than the reference finds. */
    const differing = (found: Best, exact: Best, bias?: Float32Array): number[] => {
      const rank = ({ score, index }: Best, row: number) => score[row] + (bias?.[index[row]] ?? 0);
      return Array.from(found.index.keys()).filter((row) => {
        if (exact.index[row] < 0) return found.index[row] !== -1 || found.score[row] !== -Infinity;
        return !(found.index[row] >= 0 && Math.abs(rank(found, row) - rank(exact, row)) <= TOLERANCE);
      });
    };
    const valuesOf = (view: RowView) =>
      readRows(
        view,
        Array.from({ length: view.count }, (_, row) => row),
      );

    test('rows against other rows: as the reference, and the same bits in batches', async () => {
      const targets = viewOf(others, dim);
      const property = fc.asyncProperty(anyQueries, sizes, sizes, async (queries, a, b) => {
        const pairs = pairsOf(a, b);
        const found = await small.search(queries, targets, pairs, BEST, work);
        expect(found).toEqual(await usual.search(queries, targets, pairs, BEST, work));
        const exact = await reference.search(queries, targets, pairs, BEST, work);
        expect(differing(found, exact)).toEqual([]);
        const met = new Map<number, readonly [number, number]>();
        for (let r = 0; r < a.length; r++) {
          for (let query = pairs.queries[r]; query < pairs.queries[r + 1]; query++)
            met.set(query, [pairs.targets[r], pairs.targets[r + 1]]);
        }
        const candidates = (row: number) => met.get(row) ?? ([0, 0] as const);
        expect(bestFaults(found, valuesOf(queries), others, dim, candidates)).toEqual([]);
      });
      await fc.assert(property, { numRuns: caseCount(15) });
    });

    test('rows against centroids: as the reference, and the same bits in batches', async () => {
      const many = centroidsOf(others, dim);
      const property = fc.asyncProperty(anyQueries, sizes, sizes, async (queries, a, b) => {
        const pairs = pairsOf(a, b);
        const found = await small.search(queries, many, pairs, BEST, work);
        expect(found).toEqual(await usual.search(queries, many, pairs, BEST, work));
        const exact = await reference.search(queries, many, pairs, BEST, work);
        expect(differing(found, exact, many.bias)).toEqual([]);
        const own = valuesOf(queries);
        const wrong = Array.from(found.index.keys()).filter((row) => {
          const index = found.index[row];
          return index >= 0 && !(Math.abs(found.score[row] - dot(own, row, others, index, dim)) <= TOLERANCE);
        });
        expect(wrong).toEqual([]);
      });
      await fc.assert(property, { numRuns: caseCount(15) });
    });

    test('one cluster larger than a batch among small ones, with equal rows far apart', async () => {
      const copies = values.slice();
      copies.copyWithin(650 * dim, 5 * dim, 15 * dim);
      const view = viewOf(copies, dim);
      const offsets = offsetsOf([2, 660, 1, 37]);
      const found = await searchEarlier(small, view, offsets);
      expect(found).toEqual(await searchEarlier(usual, view, offsets));
      expect([...found.index.subarray(650, 660)]).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    });
  });
});
