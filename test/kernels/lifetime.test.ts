import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { backends, filler, openKernels, upload } from './backends.ts';
import { bestFaults, earlierRows } from './naive.ts';
import { embeddings, offsetsOf } from './rows.ts';

describe.each(backends)('matrices on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  test('the backend says what it is', () => {
    expect(kernels.name).toBe(name);
    expect(kernels.device).not.toBe('');
    expect(kernels.residentLimit).toBeGreaterThanOrEqual(2 ** 30);
  });

  test('rows are asked for once each, in order', async () => {
    const ranges: number[] = [];
    const values = embeddings({ rows: 100, dim: 10 });
    const x = await kernels.upload(100, 10, (target, start, end) => {
      ranges.push(start, end);
      filler(values, 10)(target, start, end);
    });
    expect([x.rows, x.dim]).toEqual([100, 10]);
    expect(ranges[0]).toBe(0);
    expect(ranges.at(-1)).toBe(100);
    expect(ranges.slice(2).filter((_, i) => i % 2 === 0)).toEqual(
      ranges.slice(1, -1).filter((_, i) => i % 2 === 0),
    );
    x.free();
  });

  test('several matrices live side by side, and outlive a freed one', async () => {
    const [first, second] = [embeddings({ rows: 40, dim: 6 }), embeddings({ rows: 50, dim: 6, seed: 2 })];
    const [x, y] = [await upload(kernels, first, 6), await upload(kernels, second, 6)];
    x.free();
    const found = await kernels.maxOverEarlier(y, offsetsOf([50]));
    expect(bestFaults(found, second, second, 6, earlierRows(offsetsOf([50])))).toEqual([]);
    y.free();
  });

  test('a freed matrix is refused; freeing twice is harmless', async () => {
    const x = await upload(kernels, embeddings({ rows: 4, dim: 3 }), 3);
    x.free();
    x.free();
    await expect(kernels.maxOverEarlier(x, offsetsOf([4]))).rejects.toThrow(/free/);
    await expect(kernels.maxOver(x, x)).rejects.toThrow(/free/);
  });

  test('an error of the one who fills is passed on, and the backend goes on', async () => {
    const failing = kernels.upload(4, 3, () => {
      throw new Error('no more rows');
    });
    await expect(failing).rejects.toThrow('no more rows');
    const x = await upload(kernels, embeddings({ rows: 4, dim: 3 }), 3);
    await expect(kernels.maxOverEarlier(x, offsetsOf([4]))).resolves.toBeDefined();
    x.free();
  });
});
