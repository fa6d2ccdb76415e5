import duckdb from '@duckdb/node-bindings';
import type { Data, DataType, Vector } from 'apache-arrow';
import { validityBits } from '../../columns/native.ts';
import { forEachRun, type ColumnBuilder, type Runs } from './columnBuilder.ts';
import { GrowingBytes } from './growingBytes.ts';
import { ValidityBuilder } from './validityBuilder.ts';

type MakeData = typeof import('apache-arrow').makeData;

/** How values of `from` bytes become Arrow's of `to`. */
export interface Widening {
  readonly to: number;
  convert(source: Uint8Array, target: Uint8Array, count: number): void;
}

/** Numbers, dates and times, which are the same bytes in both; narrow decimals are widened to 128 bits. */
export class FixedWidthBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #make: MakeData;
  readonly #width: number;
  readonly #options: { readonly widening?: Widening; readonly dictionary?: Vector };
  readonly #data = new GrowingBytes();
  readonly #validity = new ValidityBuilder();

  /** `width` is of a value in DuckDB; `dictionary` holds the values of a dictionary type. */
  constructor(
    make: MakeData,
    type: DataType,
    width: number,
    options: { widening?: Widening; dictionary?: Vector } = {},
  ) {
    this.#make = make;
    this.type = type;
    this.#width = width;
    this.#options = options;
  }

  get byteLength(): number {
    return this.#data.length;
  }

  append(vector: duckdb.Vector, size: number, runs: Runs): void {
    const source = duckdb.vector_get_data(vector, size * this.#width);
    const bits = validityBits(vector, size);
    forEachRun(runs, (start, count) => {
      const width = this.#options.widening?.to ?? this.#width;
      const from = source.subarray(start * this.#width, (start + count) * this.#width);
      const target = this.#data.grow(count * width);
      if (this.#options.widening) this.#options.widening.convert(from, target, count);
      else target.set(from);
      const nulls = this.#validity.append(bits, start, count);
      if (nulls) clearNulls(target, width, count, nulls);
    });
  }

  take(): Data {
    const { dictionary } = this.#options;
    return this.#make({
      type: this.type,
      ...this.#validity.take(),
      data: this.#data.take(),
      dictionary,
    } as never);
  }
}

/** What lies under a NULL is left-over memory: it does not leave the process. */
function clearNulls(target: Uint8Array, width: number, count: number, bits: Uint8Array): void {
  for (let i = 0; i < count; i++) {
    if ((bits[i >> 3] & (1 << (i & 7))) === 0) target.fill(0, i * width, (i + 1) * width);
  }
}

/** Two's complement of 2, 4 or 8 bytes → 16. */
export function widenDecimal(width: number): Widening {
  return {
    to: 16,
    convert(source, target, count) {
      for (let i = 0; i < count; i++) {
        const sign = source[i * width + width - 1] & 0x80 ? 0xff : 0;
        for (let j = 0; j < width; j++) target[i * 16 + j] = source[i * width + j];
        target.fill(sign, i * 16 + width, (i + 1) * 16);
      }
    },
  };
}
