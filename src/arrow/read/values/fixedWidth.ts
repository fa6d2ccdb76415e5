import type duckdb from '@duckdb/node-bindings';
import { repeatBits } from '../../bits.ts';
import type { BatchBuffers } from '../batchBuffers.ts';
import type { Conversion } from './conversions.ts';
import { writeBytes, writeValidity, type Validity, type Values } from './values.ts';

/** Numbers, dates, times: copied as they are, or through a conversion where DuckDB keeps them otherwise. */
export class FixedWidthValues implements Values {
  readonly #buffers: BatchBuffers;
  readonly #validity: Validity;
  readonly #data: number;
  readonly #width: number;
  readonly #conversion: Conversion | undefined;
  readonly #most: bigint | undefined;

  /** `most`: the largest of int64 values that begin at 0; DuckDB trusts that a time lies within a day. */
  constructor(
    buffers: BatchBuffers,
    validity: Validity,
    data: number,
    width: number,
    conversion?: Conversion,
    most?: bigint,
  ) {
    this.#buffers = buffers;
    this.#validity = validity;
    this.#data = data;
    this.#width = width;
    this.#conversion = conversion;
    this.#most = most;
  }

  write(target: duckdb.Vector, at: number, start: number, count: number, parent?: Uint8Array): void {
    const given = this.#buffers.bytes(this.#data, start * this.#width, (start + count) * this.#width);
    const bytes = this.#conversion ? this.#conversion.convert(given, count) : given;
    const valid = this.#validity.bits(start, count, parent);
    if (this.#most !== undefined) this.#checkRange(bytes, count, this.#most, valid);
    writeBytes(target, at * (this.#conversion?.width ?? this.#width), bytes);
    writeValidity(target, at, count, valid);
  }

  #checkRange(bytes: Uint8Array, count: number, most: bigint, valid: Uint8Array | undefined): void {
    const values = new BigInt64Array(bytes.buffer, bytes.byteOffset, count);
    for (let i = 0; i < count; i++) {
      const isNull = valid !== undefined && (valid[i >> 3] & (1 << (i & 7))) === 0;
      if (!isNull && (values[i] < 0n || values[i] > most)) throw this.#buffers.damaged();
    }
  }

  check(count: number): void {
    this.#validity.check(this.#data, count, 8 * this.#width);
  }
}

/** Arrow packs eight booleans in a byte, DuckDB keeps one. */
export class BooleanValues implements Values {
  readonly #buffers: BatchBuffers;
  readonly #validity: Validity;
  readonly #data: number;

  constructor(buffers: BatchBuffers, validity: Validity, data: number) {
    this.#buffers = buffers;
    this.#validity = validity;
    this.#data = data;
  }

  write(target: duckdb.Vector, at: number, start: number, count: number, parent?: Uint8Array): void {
    const bits = this.#buffers.bits(this.#data, start, count);
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = (bits[i >> 3] >> (i & 7)) & 1;
    writeBytes(target, at, bytes);
    writeValidity(target, at, count, this.#validity.bits(start, count, parent));
  }

  check(count: number): void {
    this.#validity.check(this.#data, count, 1);
  }
}

/** Arrow's null type: no data, every value NULL. */
export class NullValues implements Values {
  readonly #buffers: BatchBuffers;

  constructor(buffers: BatchBuffers) {
    this.#buffers = buffers;
  }

  write(target: duckdb.Vector, at: number, _start: number, count: number): void {
    writeValidity(target, at, count, repeatBits(new Uint8Array(1), 1, count));
  }

  check(count: number): void {
    this.#buffers.checkCount(count);
  }
}
