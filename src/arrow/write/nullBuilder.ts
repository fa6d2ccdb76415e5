import type { Data, DataType } from 'apache-arrow';
import { forEachRun, type ColumnBuilder, type Runs } from './columnBuilder.ts';

/** A column of nothing but NULL, such as `SELECT NULL`. */
export class NullBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly byteLength = 0;
  readonly #make: typeof import('apache-arrow').makeData;
  #length = 0;

  constructor(make: typeof import('apache-arrow').makeData, type: DataType) {
    this.#make = make;
    this.type = type;
  }

  append(_vector: unknown, _size: number, runs: Runs): void {
    forEachRun(runs, (_, count) => (this.#length += count));
  }

  take(): Data {
    const length = this.#length;
    this.#length = 0;
    return this.#make({ type: this.type, length } as never);
  }
}
