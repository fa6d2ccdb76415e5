import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { RowStore } from '../../src/rows/rowStore.ts';

/** Options of a store that never spills, and of a store that spills all rows. */
export const MEMORY = { memoryLimit: Infinity, directory: tmpdir() };
export const FILE = { memoryLimit: 0, directory: tmpdir() };

/** A store of `values` (row-major), with the same hashes as rows read from a relation. */
export function storeOf(values: Float32Array, dim: number, options = MEMORY): RowStore {
  const store = new RowStore(dim, options);
  const rows = values.length / dim;
  if (rows > 0) store.append(values, rows, hashesOf(values, rows, dim));
  store.finish();
  return store;
}

function hashesOf(values: Float32Array, rows: number, dim: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset + row * dim * 4, dim * 4);
    return createHash('md5').update(bytes).digest().readUIntBE(0, 6);
  });
}

/** The options of every step, without listeners. */
export const quiet = {
  signal: new AbortController().signal,
  progress: (): void => {},
  memory: 2 ** 30,
  threads: 2,
};

/** A permutation of 0 … n − 1. */
export function shuffled(n: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(((random() + 1) / 2) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
