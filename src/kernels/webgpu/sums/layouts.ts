import { constants, Layout } from '../device/layout.ts';

/**
 * The uniforms of `labelSort.wgsl`, which sorts rows `start` to `end` of the buffers by their labels, 0 to
 * `labels` − 1.
 */
export const SortParams = new Layout('Params', { start: 'u32', end: 'u32', labels: 'u32' });

/**
 * The uniforms of `sumRows.wgsl`: the number of sorted rows, vec4s per row (`width`), and the sorted rows
 * that a workgroup adds (at most 65,536, or `low` would overflow). `sums` has room for labels `firstLabel` to
 * `endLabel`.
 */
export const SumParams = new Layout('Params', {
  rows: 'u32',
  width: 'u32',
  rowsPerGroup: 'u32',
  firstLabel: 'u32',
  endLabel: 'u32',
});

/** Threads per workgroup of `labelSort.wgsl`. */
export const SORT_THREADS = 256;
/** Threads per workgroup of `sumRows.wgsl`. */
export const SUM_THREADS = 64;
/** A value v counts as the integer round(v · SCALE). */
export const SCALE = 2 ** 30;

/** For `labelSort.wgsl`. */
export const SORT_HEADER = SortParams.wgsl + constants('u32', { THREADS: SORT_THREADS });
/** For `sumRows.wgsl`. */
export const SUM_HEADER =
  SumParams.wgsl + constants('u32', { THREADS: SUM_THREADS }) + constants('f32', { SCALE });
