/** A row of the sample. `hash` is the hash of its id, `content` the hash of its elements. */
export interface SampledRow {
  /** Scaled to unit length. */
  readonly values: Float32Array;
  /** The norm before scaling. */
  readonly norm: number;
  readonly hash: bigint;
  readonly content: bigint;
}

/** The added rows with the lowest hashes. The sample does not depend on files or threads. */
export class HashSample {
  readonly #size: number;
  #rows: SampledRow[] = [];
  /** Rows with a higher hash are not in the sample. */
  #limit: bigint | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  add(values: Float32Array | Float64Array, norm: number, hash: bigint, content: bigint): void {
    if (this.#limit !== undefined && hash > this.#limit) return;
    this.#rows.push({ values: Float32Array.from(values, (value) => value / norm), norm, hash, content });
    if (this.#rows.length >= 2 * this.#size) this.#cut();
  }

  /** The rows in ascending order of hash. */
  finish(): readonly SampledRow[] {
    this.#cut();
    return this.#rows;
  }

  #cut(): void {
    this.#rows.sort((a, b) => compare(a.hash, b.hash) || compare(a.content, b.content));
    this.#rows = this.#rows.slice(0, this.#size);
    if (this.#rows.length === this.#size) this.#limit = this.#rows.at(-1)!.hash;
  }
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
