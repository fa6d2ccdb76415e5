import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Best, Kernels } from '../../src/kernels/kernels.ts';
import { viewOf } from '../../src/rows/rowView.ts';
import { backends, openKernels } from './backends.ts';
import { searchEarlier } from './calls.ts';
import { bestFaults, earlierRows, farFrom } from './naive.ts';
import { embeddings, offsetsOf, unitRows } from './rows.ts';

describe.each(backends)('search among earlier rows on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  const run = (values: Float32Array, dim: number, sizes: readonly number[]): Promise<Best> =>
    searchEarlier(kernels, viewOf(values, dim), offsetsOf(sizes));

  async function faults(values: Float32Array, dim: number, sizes: readonly number[]): Promise<string[]> {
    return bestFaults(await run(values, dim, sizes), values, values, dim, earlierRows(offsetsOf(sizes)));
  }

  test('the worked example', async () => {
    const values = unitRows([[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12], [1, 2, 3], [1, 2, 3]]); // prettier-ignore
    const { score, index } = await run(values, 3, [6]);
    expect([...index]).toEqual([-1, 0, 1, 2, 0, 0]);
    expect(score[0]).toBe(-Infinity);
    expect(farFrom(score.subarray(1), [0.974631, 0.99819, 0.999618, 1, 1])).toEqual([]);
  });

  test.each([1, 2, 3, 4, 15, 16, 17, 31, 33, 100, 768, 2000])('%i dimensions', async (dim) => {
    const values = embeddings({ rows: 70, dim });
    expect(await faults(values, dim, [70])).toEqual([]);
  });

  test.each([1, 2, 63, 64, 65, 127, 128, 129, 255, 256, 257, 400])('a cluster of %i rows', async (rows) => {
    const values = embeddings({ rows, dim: 8 });
    expect(await faults(values, 8, [rows])).toEqual([]);
  });

  test('a cluster of 3,000 rows', async () => {
    expect(await faults(embeddings({ rows: 3000, dim: 12, topics: 40 }), 12, [3000])).toEqual([]);
  });

  test('clusters of many sizes, none of them aligned', async () => {
    const sizes = [1, 129, 0, 2, 1, 1, 127, 300, 0, 5, 128, 64, 1];
    const rows = sizes.reduce((a, b) => a + b);
    expect(await faults(embeddings({ rows, dim: 20 }), 20, sizes)).toEqual([]);
  });

  test('many clusters of one row', async () => {
    const sizes = Array.from({ length: 500 }, () => 1);
    const { index } = await run(embeddings({ rows: 500, dim: 4 }), 4, sizes);
    expect(index.every((i) => i === -1)).toBe(true);
  });

  test('no rows, and no clusters', async () => {
    const { score, index } = await run(new Float32Array(0), 8, []);
    expect([score.length, index.length]).toEqual([0, 0]);
  });

  test('opposite and orthogonal rows keep their raw score', async () => {
    const values = unitRows([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]); // prettier-ignore
    const { score, index } = await run(values, 3, [4]);
    expect([...score]).toEqual([-Infinity, -1, 0, 0]);
    expect([...index]).toEqual([-1, 0, 0, 0]);
  });

  test('identical rows: the first of them wins', async () => {
    const one = embeddings({ rows: 1, dim: 50 });
    const values = Float32Array.from({ length: 300 * 50 }, (_, i) => one[i % 50]);
    const { score, index } = await run(values, 50, [300]);
    expect([...index.subarray(1)]).toEqual(Array.from({ length: 299 }, () => 0));
    expect(farFrom(score.subarray(1), new Float32Array(299).fill(1))).toEqual([]);
  });

  test('copies of several rows: each finds the first of its kind', async () => {
    const kinds = embeddings({ rows: 7, dim: 33, topics: 7, noise: 1 });
    const values = Float32Array.from(
      { length: 400 * 33 },
      (_, i) => kinds[(Math.floor(i / 33) % 7) * 33 + (i % 33)],
    );
    const { index } = await run(values, 33, [400]);
    expect([...index.subarray(7)]).toEqual(Array.from({ length: 393 }, (_, i) => i % 7));
  });

  test.each([768, 2000])('equal values in %i dimensions, where rounding errors add up', async (dim) => {
    const row = new Float32Array(dim).fill(1 / Math.sqrt(dim));
    const values = new Float32Array([...row, ...row]);
    expect(await faults(values, dim, [2])).toEqual([]);
  });

  test('the same call twice gives the same bits', async () => {
    const values = embeddings({ rows: 300, dim: 40, noise: 0.01 });
    expect(await run(values, 40, [100, 200])).toEqual(await run(values, 40, [100, 200]));
  });

  test('a cluster gives the same alone and among others', async () => {
    const values = embeddings({ rows: 400, dim: 40, noise: 0.2 });
    const among = await run(values, 40, [77, 190, 133]);
    const alone = await run(values.slice(77 * 40, 267 * 40), 40, [190]);
    expect(farFrom(among.score.subarray(78, 267), alone.score.subarray(1))).toEqual([]);
    expect(among.index.subarray(78, 267).map((index) => index - 77)).toEqual(alone.index.subarray(1));
  });
});
