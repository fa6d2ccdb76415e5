const PAGE_BYTES = 65_536;

/** Float32 values in memory that every thread can read and write. */
export interface SharedFloats {
  readonly values: Float32Array;
  /** The WebAssembly memory they are in, if any: the address of `values` there is its `byteOffset`. */
  readonly memory?: WebAssembly.Memory;
}

/**
 * Shared memory for `length` values that WebAssembly can work on where they are. Each such memory reserves gigabytes of
 * addresses; where the system has none left (`ulimit -v`), it is memory that WebAssembly does not reach.
 */
export function allocateShared(length: number): SharedFloats {
  const pages = Math.ceil((length * 4) / PAGE_BYTES);
  let memory: WebAssembly.Memory;
  try {
    memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch {
    return { values: new Float32Array(new SharedArrayBuffer(length * 4)) };
  }
  return { values: new Float32Array(memory.buffer, 0, length), memory };
}

/** `length` of the values from `start` on. */
export function partOf({ values, memory }: SharedFloats, start: number, length: number): SharedFloats {
  return { values: values.subarray(start, start + length), memory };
}

/** The first `length` values of the memory, as far as it goes. */
export function resized({ values, memory }: SharedFloats, length: number): SharedFloats {
  return { values: new Float32Array(values.buffer, 0, length), memory };
}
