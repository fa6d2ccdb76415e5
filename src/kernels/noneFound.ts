import type { BestEarlier } from './kernels.ts';

/** The result of a search before it has found anything. */
export const noneFound = (rows: number): BestEarlier => ({
  score: new Float32Array(rows).fill(-Infinity),
  index: new Int32Array(rows).fill(-1),
});
