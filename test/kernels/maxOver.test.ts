import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BestEarlier, Kernels } from '../../src/kernels/kernels.ts';
import { backends, openKernels, upload } from './backends.ts';
import { bestFaults, earlierRows } from './naive.ts';
import { embeddings, offsetsOf, unitRows } from './rows.ts';

describe.each(backends)('maxOver on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  async function run(x: Float32Array, earlier: Float32Array, dim: number): Promise<BestEarlier> {
    const [rows, columns] = [await upload(kernels, x, dim), await upload(kernels, earlier, dim)];
    const found = await kernels.maxOver(rows, columns);
    rows.free();
    columns.free();
    return found;
  }

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

  test('no earlier rows: none found', async () => {
    const { score, index } = await run(embeddings({ rows: 3, dim: 5 }), new Float32Array(0), 5);
    expect([...score]).toEqual([-Infinity, -Infinity, -Infinity]);
    expect([...index]).toEqual([-1, -1, -1]);
  });

  test('no rows: nothing to find', async () => {
    const { score } = await run(new Float32Array(0), embeddings({ rows: 3, dim: 5 }), 5);
    expect(score).toHaveLength(0);
  });

  test('the lowest index among equals', async () => {
    const earlier = unitRows([[0, 1], [1, 1], [1, 1], [1, 1]]); // prettier-ignore
    expect([...(await run(unitRows([[1, 1], [1, 0]]), earlier, 2)).index]).toEqual([1, 1]); // prettier-ignore
  });

  test('a cluster in two matrices: triangle and rectangle together give the whole', async () => {
    const dim = 30;
    const values = embeddings({ rows: 300, dim });
    const [first, second] = [values.slice(0, 170 * dim), values.slice(170 * dim)];
    const x = await upload(kernels, second, dim);
    const own = await kernels.maxOverEarlier(x, offsetsOf([130]));
    x.free();
    const over = await run(second, first, dim);
    const score = over.score.map((value, row) => Math.max(value, own.score[row]));
    const index = over.index.map((value, row) =>
      own.score[row] > over.score[row] ? own.index[row] + 170 : value,
    );
    const earlier = earlierRows(offsetsOf([300]));
    expect(bestFaults({ score, index }, second, values, dim, (row) => earlier(row + 170))).toEqual([]);
  });
});
