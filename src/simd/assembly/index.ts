// Row arithmetic on linear memory with WebAssembly SIMD. Pointers are byte addresses; rows are `dim` packed
// floats.

export { dots, labelDots } from './dot';
export { sortTop } from './heap';
export { bestOfNear, bestOfNearBytes, keepNear, nearColumns, widen } from './near';
export { pickAbove } from './pickAbove';
export { argMax, pickBest } from './pickBest';
export { pickTop } from './pickTop';
export { maxAbs, quantize } from './quantize';
export { meanRow, moveSums } from './sums';
export { transpose } from './transpose';

/** The first byte that the caller may use. */
export function heapBase(): usize {
  return __heap_base;
}
