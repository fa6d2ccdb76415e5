import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCpuKernels } from '../../../src/kernels/cpu/index.ts';
import type { Kernels } from '../../../src/kernels/kernels.ts';
import { pickRows, sliceView, viewOf, type RowView } from '../../../src/rows/rowView.ts';
import { closed } from '../../../src/rows/storeLifetime.ts';
import { freshLloydStep, searchAll, searchEarlier, work } from '../calls.ts';
import { centroidsOf } from '../naive.ts';
import { embeddings, offsetsOf } from '../rows.ts';

const [rows, dim] = [1200, 64];
const values = embeddings({ rows, dim, topics: 30 });
const others = embeddings({ rows, dim, topics: 30, seed: 2 });
const centroids = centroidsOf(embeddings({ rows: 40, dim, seed: 3 }), dim);
const bytes = rows * dim * 4;

describe.each([
  ['this thread', Infinity],
  ['worker threads', 0],
])('rows that the CPU keeps at hand on %s', (_, workerValues) => {
  let kernels: Kernels;
  let view: RowView;
  /** Labels of the rows that were copied, and of the rows that are in the store now. */
  let labels: { before: Int32Array; after: Int32Array };
  let first: Int32Array;
  const label = async (memory = bytes, of = view) =>
    (await freshLloydStep(kernels, of, centroids, { ...work, memory })).label;

  beforeEach(async () => {
    kernels = await createCpuKernels({ workerValues });
    view = pickRows(
      viewOf(values, dim),
      Int32Array.from({ length: rows }, (_, row) => row),
    );
    labels = { before: await label(0, viewOf(values, dim)), after: await label(0, viewOf(others, dim)) };
    first = await label();
    // Only this test changes rows in use, to find out whether they are read again.
    view.store.blocks[0].set(others);
  });
  afterEach(() => kernels.close());

  test('are not read again, nor are the first of them', async () => {
    expect(labels.before).not.toEqual(labels.after);
    expect(first).toEqual(labels.before);
    expect(await label()).toEqual(labels.before);
    expect(await label(bytes, sliceView(view, 0, 1024))).toEqual(labels.before.slice(0, 1024));
    expect(await label()).toEqual(labels.before);
  });

  test('are read again beyond the memory', async () => {
    expect(await label(bytes - 1)).toEqual(labels.after);
  });

  test('go when their store is closed', async () => {
    closed(view.store);
    expect(await label()).toEqual(labels.after);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['a Lloyd iteration over other rows', () => label(bytes, viewOf(values, dim))],
    ['a search of other rows', () => searchAll(kernels, viewOf(values, dim), centroids)],
    ['a search among rows', () => searchEarlier(kernels, view, offsetsOf([rows]))],
  ])('go with %s', async (_, call) => {
    await call();
    expect(await label()).toEqual(labels.after);
  });

  test('a store is read again at each search, the rows of a list are not', async () => {
    const store = viewOf(values, dim);
    const listed = pickRows(
      store,
      Int32Array.from({ length: rows }, (_, row) => row),
    );
    const search = async (of: RowView) => (await searchAll(kernels, of, centroids)).index;
    const [before, after] = [await search(viewOf(values, dim)), await search(viewOf(others, dim))];
    for (const [of, expected] of [
      [store, after],
      [listed, before],
    ] as const) {
      store.store.blocks[0].set(values);
      expect(await search(of)).toEqual(before);
      store.store.blocks[0].set(others);
      expect(await search(of)).toEqual(expected);
    }
  });
});
