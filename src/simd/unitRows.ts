import { readFileSync } from 'node:fs';

/**
 * The functions of `assembly/unitRows.ts`. Pointers are byte addresses. Each function returns a 53-bit hash
 * of the resulting row, −1 when an element is NaN or infinite, or −2 when the norm is zero.
 */
export interface UnitRows {
  /**
   * Scales the `dim` float32 values at `row` to unit length, in place. With `keepUnit`, a row that has unit
   * length but for rounding stays as it is.
   */
  toUnit(row: number, dim: number, keepUnit: boolean): number;
  /** Scales the `dim` float64 values at `doubles` to unit length, and writes them as float32 to `row`. */
  doublesToUnit(doubles: number, dim: number, row: number): number;
}

let compiled: WebAssembly.Module | undefined;
const instances = new WeakMap<WebAssembly.Memory, UnitRows>();

/**
 * Returns the row functions for a shared memory of at most 65,536 pages. Each memory gets its own instance,
 * which is cheap.
 */
export function unitRowsIn(memory: WebAssembly.Memory): UnitRows {
  let instance = instances.get(memory);
  if (!instance) {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('./unitRows.wasm', import.meta.url)));
    instance = new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as UnitRows;
    instances.set(memory, instance);
  }
  return instance;
}
