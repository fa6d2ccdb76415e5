import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { viewOf, viewRows } from '../../src/rows/rowView.ts';
import { MEMORY, storeOf } from '../algorithms/stores.ts';
import { backends, openKernels } from './backends.ts';
import { freshLloydStep, searchAll, searchEarlier, work } from './calls.ts';
import { bestFaults, centroidsOf, earlierRows } from './naive.ts';
import { embeddings, offsetsOf } from './rows.ts';

const dim = 70;
const values = embeddings({ rows: 700, dim, topics: 30 });
const others = embeddings({ rows: 700, dim, topics: 30, seed: 2 });
const centroids = centroidsOf(embeddings({ rows: 40, dim, seed: 3 }), dim);
const backwards = Int32Array.from({ length: 700 }, (_, row) => 699 - row);

describe.each(backends)('rows on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  test('the backend says what it is', () => {
    expect(kernels.name).toBe(name);
    expect(kernels.device).not.toBe('');
  });

  test('those of a store that is closed are not taken for those of the next', async () => {
    const [first, second] = [viewOf(values, dim), viewOf(others, dim)];
    const expected = [
      await freshLloydStep(kernels, first, centroids),
      await freshLloydStep(kernels, second, centroids),
    ];
    for (const [i, rows] of [values, others, values].entries()) {
      const store = storeOf(rows, dim, MEMORY);
      expect(await freshLloydStep(kernels, store.view(), centroids)).toEqual(expected[i % 2]);
      // The next store gets the same memory.
      store.close();
    }
  });

  test('those of one list are not taken for those of another', async () => {
    const store = storeOf(values, dim);
    const [forth, back] = [store.view(), store.view(backwards)];
    const found = await searchAll(kernels, forth, centroids);
    for (const view of [back, forth, back]) {
      await freshLloydStep(kernels, view, centroids);
      const { score, index } = await searchAll(kernels, view, centroids);
      const order = view === back ? backwards : backwards.toReversed();
      expect(index).toEqual(order.map((row) => found.index[row]));
      expect(score).toEqual(Float32Array.from(order, (row) => found.score[row]));
    }
    store.close();
  });

  test('an error of reading them is passed on, and the backend goes on', async () => {
    const missing = viewRows({ dim, rows: 100, blockRows: 100, blocks: [], firstInFile: 0 });
    await expect(searchEarlier(kernels, missing, offsetsOf([100]))).rejects.toThrow('row 0 is not stored');
    await expect(searchAll(kernels, missing, centroids)).rejects.toThrow('row 0 is not stored');
    await expect(freshLloydStep(kernels, missing, centroids)).rejects.toThrow('row 0 is not stored');
    const found = await searchEarlier(kernels, viewOf(values, dim), offsetsOf([300, 400]));
    expect(bestFaults(found, values, values, dim, earlierRows(offsetsOf([300, 400])))).toEqual([]);
  });

  test('no memory for them changes no result', async () => {
    const none = { ...work, memory: 0 };
    const [forth, back] = [viewOf(values, dim), viewRows(viewOf(values, dim).store, backwards)];
    for (const view of [forth, back]) {
      expect(await freshLloydStep(kernels, view, centroids, none)).toEqual(
        await freshLloydStep(kernels, view, centroids),
      );
      const offsets = offsetsOf([1, 500, 199]);
      expect(await searchEarlier(kernels, view, offsets, none)).toEqual(
        await searchEarlier(kernels, view, offsets),
      );
    }
  });
});
