import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Best, Kernels } from '../../src/kernels/kernels.ts';
import { viewOf } from '../../src/rows/rowView.ts';
import { backends, openKernels } from './backends.ts';
import { searchAll, searchEarlier, work } from './calls.ts';
import { bestFaults, earlierRows } from './naive.ts';
import { embeddings, offsetsOf, unitRows } from './rows.ts';

describe.each(backends)('search among all targets on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  const run = (queries: Float32Array, targets: Float32Array, dim: number): Promise<Best> =>
    searchAll(kernels, viewOf(queries, dim), viewOf(targets, dim));

  test.each([
    [1, 1],
    [1, 300],
    [300, 1],
    [127, 129],
    [128, 128],
    [130, 500],
  ])('%i rows over %i', async (rows, columns) => {
    const x = embeddings({ rows, dim: 19, seed: 2 });
    const earlier = embeddings({ rows: columns, dim: 19, seed: 3 });
    expect(bestFaults(await run(x, earlier, 19), x, earlier, 19, () => [0, columns])).toEqual([]);
  });

  test('no targets: none found', async () => {
    const { score, index } = await run(embeddings({ rows: 3, dim: 5 }), new Float32Array(0), 5);
    expect([...score]).toEqual([-Infinity, -Infinity, -Infinity]);
    expect([...index]).toEqual([-1, -1, -1]);
  });

  test('no queries: nothing to find', async () => {
    const { score } = await run(new Float32Array(0), embeddings({ rows: 3, dim: 5 }), 5);
    expect(score).toHaveLength(0);
  });

  test('the lowest index among equals', async () => {
    const earlier = unitRows([[0, 1], [1, 1], [1, 1], [1, 1]]); // prettier-ignore
    expect([...(await run(unitRows([[1, 1], [1, 0]]), earlier, 2)).index]).toEqual([1, 1]); // prettier-ignore
  });

  test('a cluster in two views: triangle and rectangle together give the whole', async () => {
    const dim = 30;
    const values = embeddings({ rows: 300, dim });
    const [first, second] = [values.slice(0, 170 * dim), values.slice(170 * dim)];
    const own = await searchEarlier(kernels, viewOf(second, dim), offsetsOf([130]));
    const over = await run(second, first, dim);
    const score = over.score.map((value, row) => Math.max(value, own.score[row]));
    const index = over.index.map((value, row) =>
      own.score[row] > over.score[row] ? own.index[row] + 170 : value,
    );
    const earlier = earlierRows(offsetsOf([300]));
    expect(bestFaults({ score, index }, second, values, dim, (row) => earlier(row + 170))).toEqual([]);
  });

  test('each range of queries meets its own range of targets', async () => {
    const dim = 70;
    const values = embeddings({ rows: 900, dim, topics: 60 });
    const targets = embeddings({ rows: 700, dim, topics: 60, seed: 2 });
    const pairs = {
      queries: Float64Array.of(0, 10, 10, 300, 300, 850),
      targets: Float64Array.of(0, 100, 140, 140, 200, 690),
      earlier: false,
    };
    const ranges = (row: number): [number, number] =>
      row < 10 ? [0, 100] : row < 300 ? [140, 140] : row < 850 ? [200, 690] : [0, 0];
    const found = await kernels.search(
      viewOf(values, dim),
      viewOf(targets, dim),
      pairs,
      { kind: 'best' },
      work,
    );
    expect(bestFaults(found, values, targets, dim, ranges)).toEqual([]);
  });

  test('rows of different lengths are refused', async () => {
    const [x, y] = [viewOf(new Float32Array(60), 20), viewOf(new Float32Array(60), 10)];
    await expect(searchAll(kernels, x, y)).rejects.toThrow('rows of 20 and of 10 values do not match');
  });

  test.each([
    [[0, 4], [0, 2], 'query offset 1 is 4'],
    [[0, 3], [0, 3], 'target offset 1 is 3'],
    [[2, 1], [0, 2], 'query offset 1 is 1'],
    [[0, 1, 2], [0, 2], '3 query offsets and 2 target offsets do not match'],
  ])('ranges %j and %j of 3 queries and 2 targets are refused', async (queries, targets, message) => {
    const pairs = {
      queries: Float64Array.from(queries),
      targets: Float64Array.from(targets),
      earlier: false,
    };
    const [x, y] = [viewOf(new Float32Array(6), 2), viewOf(new Float32Array(4), 2)];
    const search = kernels.search(x, y, pairs, { kind: 'best' }, work);
    await expect(search).rejects.toThrow(`Invalid Input Error: search: ${message}`);
  });
});
