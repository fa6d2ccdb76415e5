import { availableParallelism } from 'node:os';

/** What a call of the kernels may use: everything. @type {import('../../../dist/kernels/kernels.js').Work} */
export const WORK = {
  signal: new AbortController().signal,
  memory: 2 ** 33,
  threads: availableParallelism(),
};

export const BEST = { kind: 'best' };
