import { HashSample, type SampledRow } from './hashSample.ts';

/** How far from 1 a norm may be to count as 1: half-precision vectors are that far off. */
const UNIT_TOLERANCE = 2e-3;

/** What one pass over raw embeddings finds. It depends on the rows alone, not on their order. */
export interface HealthTotals {
  /** Valid rows. */
  readonly rows: number;
  /** Of each element the least and the largest value. */
  readonly least: Float64Array;
  readonly largest: Float64Array;
  readonly norms: { readonly least: number; readonly largest: number; readonly unit: number };
  /** Rows that repeat an earlier one exactly, and the rows of the most frequent embedding. */
  readonly copies: { readonly rows: number; readonly largest: number };
  /** The rows with the lowest hashes, in their order, with their norms; scaled to unit length. */
  readonly sample: readonly SampledRow[];
}

/** Takes raw rows in one by one. */
export class HealthScan {
  readonly #least: Float64Array;
  readonly #largest: Float64Array;
  readonly #sample: HashSample;
  #contents = new BigUint64Array(1024);
  #rows = 0;
  #leastNorm = Infinity;
  #largestNorm = 0;
  #unit = 0;

  /** `sampleRows`: rows to keep. */
  constructor(dim: number, sampleRows: number) {
    this.#least = new Float64Array(dim).fill(Infinity);
    this.#largest = new Float64Array(dim).fill(-Infinity);
    this.#sample = new HashSample(sampleRows);
  }

  /**
   * Takes a row. `hash` is that of its id and orders the sample, `content` that of its elements.
   * Returns false, and takes nothing, when an element is not finite or all are 0.
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
      least: this.#least,
      largest: this.#largest,
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
