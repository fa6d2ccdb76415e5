import { readFileSync } from 'node:fs';

const PAGE_BYTES = 65_536;

let addressesLimited: boolean | undefined;

/** Float32 values in memory that every thread can read and write. */
export interface SharedFloats {
  readonly values: Float32Array;
  /** The WebAssembly memory they are in, if any: the address of `values` there is its `byteOffset`. */
  readonly memory?: WebAssembly.Memory;
}

/**
 * Shared memory for `length` values that WebAssembly can work on where they are. Each such memory reserves 10 GB of
 * addresses: where those are limited (`ulimit -v`), it is memory that WebAssembly does not reach.
 */
export function allocateShared(length: number): SharedFloats {
  const pages = Math.ceil((length * 4) / PAGE_BYTES);
  addressesLimited ??= areAddressesLimited();
  if (!addressesLimited) {
    try {
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
      return { values: new Float32Array(memory.buffer, 0, length), memory };
    } catch {
      // More than a WebAssembly memory holds, or none left.
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

/** `length` of the values from `start` on. */
export function partOf({ values, memory }: SharedFloats, start: number, length: number): SharedFloats {
  return { values: values.subarray(start, start + length), memory };
}

/** The first `length` values of the memory, as far as it goes. */
export function resized({ values, memory }: SharedFloats, length: number): SharedFloats {
  return { values: new Float32Array(values.buffer, 0, length), memory };
}
