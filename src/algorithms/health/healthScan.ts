import { HashSample, type SampledRow } from './hashSample.ts';

/**
 * Maximum deviation of a norm from 1 at which it counts as 1. Half-precision vectors deviate by this much.
 */
const UNIT_TOLERANCE = 2e-3;

/** The result of one pass over raw embeddings. It depends on the rows, but not on their order. */
export interface HealthTotals {
  /** Number of valid rows. */
  readonly rows: number;
  /** Minimum and maximum of each element. */
  readonly minValues: Float64Array;
  readonly maxValues: Float64Array;
  readonly norms: { readonly least: number; readonly largest: number; readonly unit: number };
  /**
   * Number of rows that repeat an earlier row exactly, and number of rows with the most frequent embedding.
   */
  readonly copies: { readonly rows: number; readonly largest: number };
  /** The rows with the lowest hashes in ascending order, scaled to unit length, and their norms. */
  readonly sample: readonly SampledRow[];
}

/** Scans raw rows one by one. */
export class HealthScan {
  readonly #least: Float64Array;
  readonly #largest: Float64Array;
  readonly #sample: HashSample;
  #contents = new BigUint64Array(1024);
  #rows = 0;
  #leastNorm = Infinity;
  #largestNorm = 0;
  #unit = 0;

  /** `sampleRows` is the size of the sample. */
  constructor(dim: number, sampleRows: number) {
    this.#least = new Float64Array(dim).fill(Infinity);
    this.#largest = new Float64Array(dim).fill(-Infinity);
    this.#sample = new HashSample(sampleRows);
  }

  /**
   * Scans a row. `hash` is the hash of its id and orders the sample; `content` is the hash of its elements.
   * Returns 'not finite' or 'zero' for an invalid row, which is ignored.
   */
  take(values: Float32Array | Float64Array, hash: bigint, content: bigint): 'ok' | 'not finite' | 'zero' {
    let squares = 0;
    for (const value of values) squares += value * value;
    if (!(squares < Infinity)) return 'not finite';
    if (squares === 0) return 'zero';
    const norm = Math.sqrt(squares);
    const least = this.#least;
    const largest = this.#largest;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value < least[i]) least[i] = value;
      if (value > largest[i]) largest[i] = value;
    }
    this.#leastNorm = Math.min(this.#leastNorm, norm);
    this.#largestNorm = Math.max(this.#largestNorm, norm);
    if (Math.abs(norm - 1) <= UNIT_TOLERANCE) this.#unit++;
    if (this.#rows === this.#contents.length) {
      const grown = new BigUint64Array(this.#rows * 2);
      grown.set(this.#contents);
      this.#contents = grown;
    }
    this.#contents[this.#rows++] = content;
    this.#sample.add(values, norm, hash, content);
    return 'ok';
  }

  finish(): HealthTotals {
    return {
      rows: this.#rows,
      minValues: this.#least,
      maxValues: this.#largest,
      norms: { least: this.#leastNorm, largest: this.#largestNorm, unit: this.#unit },
      copies: copiesIn(this.#contents.subarray(0, this.#rows)),
      sample: this.#sample.finish(),
    };
  }
}

function copiesIn(contents: BigUint64Array): HealthTotals['copies'] {
  contents.sort();
  let [rows, largest, equal] = [0, 0, 0];
  for (let i = 0; i < contents.length; i++) {
    equal = i > 0 && contents[i] === contents[i - 1] ? equal + 1 : 1;
    if (equal > 1) rows++;
    largest = Math.max(largest, equal);
  }
  return { rows, largest };
}
