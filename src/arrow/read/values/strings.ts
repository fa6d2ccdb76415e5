import duckdb from '@duckdb/node-bindings';
import type { BatchBuffers } from '../batchBuffers.ts';
import { readOffsets, writeValidity, type Validity, type Values } from './values.ts';

/** A value's bytes; undefined for NULL. */
export type Bytes = Uint8Array | undefined;

/** Where strings and blobs come from: one implementation for each of Arrow's layouts. */
export interface StringSource {
  /** Values `start` to `start + count`. */
  read(start: number, count: number): Bytes[];
  /** @throws NearduckError (Invalid Input Error) when the buffers cannot hold `count` values. */
  check(count: number): void;
}

/** True when bit `i` is set, or all are. */
export const isSet = (bits: Uint8Array | undefined, i: number): boolean =>
  !bits || (bits[i >> 3] & (1 << (i & 7))) !== 0;

/** Writes strings from any source; DuckDB copies each into its own memory. */
export class StringValues implements Values {
  readonly #source: StringSource;

  constructor(source: StringSource) {
    this.#source = source;
  }

  write(target: duckdb.Vector, at: number, start: number, count: number, parent?: Uint8Array): void {
    let bits: Uint8Array | undefined;
    for (const [i, bytes] of this.#source.read(start, count).entries()) {
      if (bytes && isSet(parent, i)) {
        duckdb.vector_assign_string_element_len(target, at + i, bytes);
      } else {
        bits ??= new Uint8Array(Math.ceil(count / 8)).fill(0xff);
        bits[i >> 3] &= ~(1 << (i & 7));
      }
    }
    writeValidity(target, at, count, bits);
  }

  check(count: number): void {
    this.#source.check(count);
  }
}

/** Utf8, LargeUtf8, Binary, LargeBinary: offsets into one run of bytes. */
export class OffsetStrings implements StringSource {
  readonly #buffers: BatchBuffers;
  readonly #validity: Validity;
  readonly #offsets: number;
  readonly #large: boolean;

  /** `offsets` is the buffer of offsets; the bytes are in the one after it. */
  constructor(buffers: BatchBuffers, validity: Validity, offsets: number, large: boolean) {
    this.#buffers = buffers;
    this.#validity = validity;
    this.#offsets = offsets;
    this.#large = large;
  }

  read(start: number, count: number): Bytes[] {
    const offsets = readOffsets(this.#buffers, this.#offsets, this.#large, start, count);
    const bits = this.#validity.bits(start, count);
    const base = offsets[0];
    const bytes = this.#buffers.bytes(this.#offsets + 1, base, offsets[count] ?? 0);
    return Array.from({ length: count }, (_, i) =>
      isSet(bits, i) ? bytes.subarray(offsets[i] - base, offsets[i + 1] - base) : undefined,
    );
  }

  check(count: number): void {
    if (count > 0) this.#validity.check(this.#offsets, count, this.#large ? 64 : 32, 1);
  }
}

/** FixedSizeBinary: values side by side. */
export class FixedSizeStrings implements StringSource {
  readonly #buffers: BatchBuffers;
  readonly #validity: Validity;
  readonly #data: number;
  readonly #width: number;

  constructor(buffers: BatchBuffers, validity: Validity, data: number, width: number) {
    this.#buffers = buffers;
    this.#validity = validity;
    this.#data = data;
    this.#width = width;
  }

  read(start: number, count: number): Bytes[] {
    const width = this.#width;
    const bits = this.#validity.bits(start, count);
    const bytes = this.#buffers.bytes(this.#data, start * width, (start + count) * width);
    return Array.from({ length: count }, (_, i) =>
      isSet(bits, i) ? bytes.subarray(i * width, (i + 1) * width) : undefined,
    );
  }

  check(count: number): void {
    this.#validity.check(this.#data, count, 8 * this.#width);
  }
}
