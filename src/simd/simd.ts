import { readFileSync } from 'node:fs';
import { Arena } from './arena.ts';

/** The functions that `assembly/index.ts` exports. Pointers are byte addresses in `memory`. */
export interface SimdExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  nearColumns(): number;
  moveSums(x: number, rows: number, dim: number, from: number, to: number, sums: number): void;
  transpose(x: number, rows: number, dim: number, out: number): void;
  maxAbs(x: number, count: number): number;
  quantize(
    x: number,
    rows: number,
    dim: number,
    bytes: number,
    scale: number,
    error: number,
    mean: number,
  ): void;
  dots(x: number, rows: number, dim: number, vector: number, out: number): void;
  meanRow(x: number, rows: number, dim: number, out: number): void;
  pickBest(products: number, limit: number, score: number, best: number, open: number): number;
  pickTop(
    products: number,
    limit: number,
    k: number,
    scores: number,
    indexes: number,
    scratch: number,
    open: number,
  ): number;
  sortTop(scores: number, indexes: number, k: number, rows: number): void;
  pickAbove(
    products: number,
    limit: number,
    least: number,
    start: number,
    row: number,
    index: number,
    score: number,
    room: number,
    open: number,
    progress: number,
  ): void;
  widen(x: number, rows: number, dim: number, out: number): void;
  keepNear(products: number, values: number, indexes: number): void;
  bestOfNear(
    x: number,
    rows: number,
    dim: number,
    indexes: number,
    refs: number,
    bias: number,
    label: number,
  ): void;
  bestOfNearBytes(
    x: number,
    rows: number,
    dim: number,
    step: number,
    indexes: number,
    refs: number,
    scale: number,
    bias: number,
    label: number,
    wide: number,
  ): void;
  argMax(products: number, value: number, label: number): void;
  labelDots(
    x: number,
    rows: number,
    dim: number,
    label: number,
    labels: number,
    refs: number,
    out: number,
  ): void;
}

/** Number of columns that `keepNear` keeps per row. A test compares it with `nearColumns` of the module. */
export const NEAR_COLUMNS = 16;

let compiled: WebAssembly.Module | undefined;

/** An instance of the SIMD module with its own memory, which is freed with the instance. */
export class Simd {
  readonly call: SimdExports;
  readonly #arena: Arena;

  constructor() {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('./simd.wasm', import.meta.url)));
    this.call = new WebAssembly.Instance(compiled, { env: { abort: () => {} } })
      .exports as unknown as SimdExports;
    this.#arena = new Arena(this.call.memory, this.call.heapBase());
  }

  /** Allocated bytes. */
  get used(): number {
    return this.#arena.used;
  }

  /** Size of the memory in bytes. It never shrinks. */
  get size(): number {
    return this.call.memory.buffer.byteLength;
  }

  /**
   * Allocates `bytes` bytes and returns their address. They are not cleared.
   * @throws NearduckError when the 4 GiB of WebAssembly memory are exceeded.
   */
  allocate(bytes: number): number {
    return this.#arena.allocate(bytes);
  }

  free(address: number): void {
    this.#arena.free(address);
  }

  // Views are created on each call, because growing the memory detaches them.
  f32(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.call.memory.buffer, address, length);
  }

  f64(address: number, length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.call.memory.buffer, address, length);
  }

  i32(address: number, length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.call.memory.buffer, address, length);
  }

  i8(address: number, length: number): Int8Array<ArrayBuffer> {
    return new Int8Array(this.call.memory.buffer, address, length);
  }

  u8(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.call.memory.buffer, address, length);
  }
}
