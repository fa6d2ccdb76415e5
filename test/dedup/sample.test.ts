import { expect, test, vi } from 'vitest';
import { Sample } from '../../src/dedup/sample.ts';
import type { Matrix } from '../../src/kernels/kernels.ts';
import { createReferenceKernels } from '../../src/kernels/reference/index.ts';
import { FILE, storeOf } from './stores.ts';

test('a block that does not stay on the backend is let go of when whoever looks at it fails', async () => {
  const kernels = await createReferenceKernels();
  const freed: Matrix[] = [];
  const upload = kernels.upload.bind(kernels);
  vi.spyOn(kernels, 'upload').mockImplementation(async (...args) => {
    const matrix = await upload(...args);
    vi.spyOn(matrix, 'free').mockImplementation(() => void freed.push(matrix));
    return matrix;
  });
  const store = storeOf(Float32Array.of(1, 0, 0, 1, 1, 0), 2);
  const sample = new Sample(store, Int32Array.of(2, 0, 1), { kernels, budget: 0, directory: FILE.directory });
  const look = async () => {
    for await (const { blocks } of sample.groups()) {
      expect(blocks[0].rows).toBe(3);
      throw new Error('interrupted');
    }
  };
  await expect(look()).rejects.toThrow('interrupted');
  expect(freed).toHaveLength(1);
  sample.free();
  store.close();
  await kernels.close();
});
