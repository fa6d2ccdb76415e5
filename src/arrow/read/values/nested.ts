import duckdb from '@duckdb/node-bindings';
import { repeatBits } from '../../bits.ts';
import type { BatchBuffers } from '../batchBuffers.ts';
import { readOffsets, writeBytes, writeValidity, type Validity, type Values } from './values.ts';

/** List, LargeList and Map → LIST and MAP: the elements of consecutive rows are one run in both. */
export class ListValues implements Values {
  readonly #buffers: BatchBuffers;
  readonly #validity: Validity;
  readonly #offsets: number;
  readonly #large: boolean;
  readonly #child: Values;
  readonly #elements: number;

  /** `elements` are there in all. */
  constructor(
    buffers: BatchBuffers,
    validity: Validity,
    offsets: number,
    large: boolean,
    child: Values,
    elements: number,
  ) {
    this.#elements = elements;
    this.#buffers = buffers;
    this.#validity = validity;
    this.#offsets = offsets;
    this.#large = large;
    this.#child = child;
  }

  write(target: duckdb.Vector, at: number, start: number, count: number, parent?: Uint8Array): void {
    const offsets = readOffsets(this.#buffers, this.#offsets, this.#large, start, count);
    const base = offsets[0];
    if (offsets[count] > this.#elements) throw this.#buffers.damaged();
    const elements = (offsets[count] ?? 0) - base;
    const used = at === 0 ? 0 : duckdb.list_vector_get_size(target);
    duckdb.list_vector_reserve(target, used + elements);
    duckdb.list_vector_set_size(target, used + elements);
    const entries = new BigUint64Array(count * 2);
    for (let i = 0; i < count; i++) {
      entries[2 * i] = BigInt(used + offsets[i] - base);
      entries[2 * i + 1] = BigInt(offsets[i + 1] - offsets[i]);
    }
    writeBytes(target, at * 16, new Uint8Array(entries.buffer));
    writeValidity(target, at, count, this.#validity.bits(start, count, parent));
    if (elements > 0) this.#child.write(duckdb.list_vector_get_child(target), used, base, elements);
  }

  check(count: number): void {
    if (count > 0) this.#validity.check(this.#offsets, count, this.#large ? 64 : 32, 1);
    this.#child.check(this.#elements);
  }
}

/** FixedSizeList → ARRAY. */
export class ArrayValues implements Values {
  readonly #validity: Validity;
  readonly #length: number;
  readonly #child: Values;

  constructor(validity: Validity, length: number, child: Values) {
    this.#validity = validity;
    this.#length = length;
    this.#child = child;
  }

  write(target: duckdb.Vector, at: number, start: number, count: number, parent?: Uint8Array): void {
    const n = this.#length;
    const bits = this.#validity.bits(start, count, parent);
    writeValidity(target, at, count, bits);
    const child = duckdb.array_vector_get_child(target);
    this.#child.write(child, at * n, start * n, count * n, bits && repeatBits(bits, count, n));
  }

  check(count: number): void {
    this.#child.check(count * this.#length);
  }
}

/** Struct → STRUCT. */
export class StructValues implements Values {
  readonly #validity: Validity;
  readonly #children: readonly Values[];

  constructor(validity: Validity, children: readonly Values[]) {
    this.#validity = validity;
    this.#children = children;
  }

  write(target: duckdb.Vector, at: number, start: number, count: number, parent?: Uint8Array): void {
    const bits = this.#validity.bits(start, count, parent);
    writeValidity(target, at, count, bits);
    for (const [i, child] of this.#children.entries()) {
      child.write(duckdb.struct_vector_get_child(target, i), at, start, count, bits);
    }
  }

  check(count: number): void {
    for (const child of this.#children) child.check(count);
  }
}
