import { readFileSync } from 'node:fs';

/**
 * The functions of `assembly/unitRows.ts`. Pointers are byte addresses. Each returns a 53-bit hash of the row it leaves,
 * −1 when an element is NaN or infinite, or −2 when the norm is zero.
 */
export interface UnitRows {
  /** Scales the `dim` float32 at `row` to unit length, in place. */
  toUnit(row: number, dim: number): number;
  /** Scales the `dim` float64 at `doubles` to unit length, as float32 at `row`. */
  doublesToUnit(doubles: number, dim: number, row: number): number;
}

let compiled: WebAssembly.Module | undefined;
const instances = new WeakMap<WebAssembly.Memory, UnitRows>();

/** Row arithmetic on a shared memory of at most 65,536 pages. Memories are many and instances cheap: one each. */
export function unitRowsIn(memory: WebAssembly.Memory): UnitRows {
  let instance = instances.get(memory);
  if (!instance) {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('./unitRows.wasm', import.meta.url)));
    instance = new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as UnitRows;
    instances.set(memory, instance);
  }
  return instance;
}
