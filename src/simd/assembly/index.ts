// Row arithmetic on linear memory, with WebAssembly SIMD. Pointers are byte addresses; rows are `dim` floats, packed.

export { dots, labelDots } from './dot';
export { argMax, pickBest } from './pickBest';
export { pickBestBytes } from './pickBestBytes';
export { maxAbs, quantize } from './quantize';
export { meanRow, moveSums } from './sums';
export { transpose } from './transpose';

/** The first byte the caller may use. */
export function heapBase(): usize {
  return __heap_base;
}
