import type duckdb from '@duckdb/node-bindings';
import type { Data, DataType } from 'apache-arrow';
import { validityBits } from '../../columns/native.ts';
import { alignBits, clearBits } from '../bits.ts';

/** Collects the validity bits of a column. */
class ValidityBuilder {
  /** Bits are 1 until cleared. The array is empty while there are no NULLs. */
  #bits = new Uint8Array(0);
  #length = 0;

  /** Appends `count` bits that start at bit `start`. Without `bits`, all values are valid. */
  append(bits: Uint8Array | undefined, start: number, count: number): void {
    const at = this.#length;
    this.#length += count;
    const added = bits && alignBits(bits, start, count);
    if (!added || added.every((byte) => byte === 0xff)) return;
    this.#reserve();
    clearBits(this.#bits.subarray(at >> 3), at & 7, added);
  }

  /** Returns the NULLs as Arrow needs them, and starts again. apache-arrow counts the NULLs on request. */
  take(): { length: number; nullCount?: number; nullBitmap?: Uint8Array } {
    const length = this.#length;
    const hasNulls = this.#bits.length > 0;
    if (hasNulls) this.#reserve();
    const nullBitmap = this.#bits.subarray(0, Math.ceil(length / 8));
    this.#bits = new Uint8Array(0);
    this.#length = 0;
    return hasNulls ? { length, nullBitmap } : { length, nullCount: 0 };
  }

  #reserve(): void {
    const needed = Math.ceil(this.#length / 8);
    if (needed <= this.#bits.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bits.length * 2)).fill(0xff);
    grown.set(this.#bits);
    this.#bits = grown;
  }
}

/** Ranges of rows in a vector: start, count, start, count … */
export type Runs = readonly number[];

/** Collects the values of one column, in Arrow's byte layout, until a batch is full. */
export interface ColumnBuilder {
  readonly type: DataType;
  /** Bytes collected since the last `take`. */
  byteLength(): number;
  /** Appends the rows of a vector that lie in `runs`. The vector has `size` rows. */
  append(vector: duckdb.Vector, size: number, runs: Runs): void;
  /** Returns the collected values and starts a new batch. */
  take(): Data;
}

/** The part of a column builder that depends on the type. NULLs are collected separately. */
export interface Layout {
  byteLength(): number;
  /** `bits` are the validity bits; undefined means that all values are valid. */
  append(vector: duckdb.Vector, size: number, runs: Runs, bits: Uint8Array | undefined): void;
  /** Returns the arguments of apache-arrow's `makeData`, except type, length and NULLs. */
  take(): object;
}

/** Creates a builder for columns of a type. It uses apache-arrow's `makeData`. */
export function columnBuilder(
  makeData: (typeof import('apache-arrow'))['makeData'],
  type: DataType,
  layout: Layout,
): ColumnBuilder {
  const validity = new ValidityBuilder();
  return {
    type,
    byteLength: () => layout.byteLength(),
    append(vector, size, runs) {
      const bits = validityBits(vector, size);
      forEachRun(runs, (start, count) => validity.append(bits, start, count));
      layout.append(vector, size, runs, bits);
    },
    take: () => makeData({ type, ...validity.take(), ...layout.take() } as never),
  };
}

/** Calls `body` for each range that is not empty. */
export function forEachRun(runs: Runs, body: (start: number, count: number) => void): void {
  for (let i = 0; i < runs.length; i += 2) if (runs[i + 1] > 0) body(runs[i], runs[i + 1]);
}
