import { readFileSync } from 'node:fs';

const PAGE_BYTES = 65_536;

let addressesLimited: boolean | undefined;

/** Float32 values in memory that every thread can read and write. */
export interface SharedFloats {
  readonly values: Float32Array;
  /** The WebAssembly memory that holds the values, if any, at the `byteOffset` of `values`. */
  readonly memory?: WebAssembly.Memory;
}

/**
 * Allocates shared memory for `length` values that WebAssembly can use in place. Each WebAssembly memory
 * reserves 10 GB of address space. Where address space is limited (`ulimit -v`), other shared memory is
 * allocated, which WebAssembly cannot use.
 */
export function allocateShared(length: number): SharedFloats {
  const pages = Math.ceil((length * 4) / PAGE_BYTES);
  addressesLimited ??= areAddressesLimited();
  if (!addressesLimited) {
    try {
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
      return { values: new Float32Array(memory.buffer, 0, length), memory };
    } catch {
      // The values exceed the size of a WebAssembly memory, or no memory is left.
    }
  }
  return { values: new Float32Array(new SharedArrayBuffer(length * 4)) };
}

function areAddressesLimited(): boolean {
  try {
    return !/^Max address space +unlimited/m.test(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return false;
  }
}

/** The `length` values that start at `start`. */
export function partOf({ values, memory }: SharedFloats, start: number, length: number): SharedFloats {
  return { values: values.subarray(start, start + length), memory };
}

/** The first `length` values of the same memory. */
export function resized({ values, memory }: SharedFloats, length: number): SharedFloats {
  return { values: new Float32Array(values.buffer, 0, length), memory };
}
