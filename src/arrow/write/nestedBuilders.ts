import duckdb from '@duckdb/node-bindings';
import type { Data, DataType } from 'apache-arrow';
import { isValid, validityBits } from '../../columns/native.ts';
import { forEachRun, type ColumnBuilder, type Runs } from './columnBuilder.ts';
import { ValidityBuilder } from './validityBuilder.ts';

type MakeData = typeof import('apache-arrow').makeData;

/** LIST and MAP: the elements of rows that lie side by side are taken in one run. */
export class ListBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #make: MakeData;
  readonly #child: ColumnBuilder;
  readonly #validity = new ValidityBuilder();
  #ends: number[] = [0];

  constructor(make: MakeData, type: DataType, child: ColumnBuilder) {
    this.#make = make;
    this.type = type;
    this.#child = child;
  }

  get byteLength(): number {
    return this.#child.byteLength + this.#ends.length * 4;
  }

  append(vector: duckdb.Vector, size: number, runs: Runs): void {
    const bits = validityBits(vector, size);
    const bytes = duckdb.vector_get_data(vector, size * 16);
    const entries = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const elements: number[] = [];
    forEachRun(runs, (start, count) => {
      this.#validity.append(bits, start, count);
      for (let i = start; i < start + count; i++) {
        const length = isValid(bits, i) ? Number(entries.getBigUint64(i * 16 + 8, true)) : 0;
        this.#ends.push(this.#ends[this.#ends.length - 1] + length);
        if (length > 0) addRun(elements, Number(entries.getBigUint64(i * 16, true)), length);
      }
    });
    if (elements.length === 0) return;
    this.#child.append(duckdb.list_vector_get_child(vector), duckdb.list_vector_get_size(vector), elements);
  }

  take(): Data {
    const valueOffsets = Int32Array.from(this.#ends);
    this.#ends = [0];
    return this.#make({
      type: this.type,
      ...this.#validity.take(),
      valueOffsets,
      child: this.#child.take(),
    } as never);
  }
}

function addRun(runs: number[], start: number, count: number): void {
  const last = runs.length - 2;
  if (last >= 0 && runs[last] + runs[last + 1] === start) runs[last + 1] += count;
  else runs.push(start, count);
}

/** ARRAY: rows of one length, side by side. */
export class ArrayBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #make: MakeData;
  readonly #child: ColumnBuilder;
  readonly #length: number;
  readonly #validity = new ValidityBuilder();

  constructor(make: MakeData, type: DataType, child: ColumnBuilder, length: number) {
    this.#make = make;
    this.type = type;
    this.#child = child;
    this.#length = length;
  }

  get byteLength(): number {
    return this.#child.byteLength;
  }

  append(vector: duckdb.Vector, size: number, runs: Runs): void {
    const bits = validityBits(vector, size);
    forEachRun(runs, (start, count) => this.#validity.append(bits, start, count));
    const child = duckdb.array_vector_get_child(vector);
    this.#child.append(
      child,
      size * this.#length,
      runs.map((place) => place * this.#length),
    );
  }

  take(): Data {
    return this.#make({ type: this.type, ...this.#validity.take(), child: this.#child.take() } as never);
  }
}

/** STRUCT: the same places of every child. */
export class StructBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #make: MakeData;
  readonly #children: readonly ColumnBuilder[];
  readonly #validity = new ValidityBuilder();

  constructor(make: MakeData, type: DataType, children: readonly ColumnBuilder[]) {
    this.#make = make;
    this.type = type;
    this.#children = children;
  }

  get byteLength(): number {
    return this.#children.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  append(vector: duckdb.Vector, size: number, runs: Runs): void {
    const bits = validityBits(vector, size);
    forEachRun(runs, (start, count) => this.#validity.append(bits, start, count));
    for (const [i, child] of this.#children.entries()) {
      child.append(duckdb.struct_vector_get_child(vector, i), size, runs);
    }
  }

  take(): Data {
    const children = this.#children.map((child) => child.take());
    return this.#make({ type: this.type, ...this.#validity.take(), children } as never);
  }
}
