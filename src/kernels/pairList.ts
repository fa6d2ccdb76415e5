import type { QueryPairs } from './above.ts';

/** A growing list of pairs, in any order. */
export class PairList {
  #count = 0;
  #row = new Int32Array(1024);
  #index = new Int32Array(1024);
  #score = new Float32Array(1024);

  append(row: Int32Array, index: Int32Array, score: Float32Array): void {
    const needed = this.#count + row.length;
    if (needed > this.#row.length) {
      const room = Math.max(needed, 2 * this.#row.length);
      this.#row = grown(this.#row, new Int32Array(room));
      this.#index = grown(this.#index, new Int32Array(room));
      this.#score = grown(this.#score, new Float32Array(room));
    }
    this.#row.set(row, this.#count);
    this.#index.set(index, this.#count);
    this.#score.set(score, this.#count);
    this.#count = needed;
  }

  clear(): void {
    this.#count = 0;
  }

  /** The pairs sorted by row and target. `rows` is the number of rows. */
  sorted(rows: number, start: number): QueryPairs {
    const count = this.#count;
    const counts = new Int32Array(new SharedArrayBuffer(rows * 4));
    for (let i = 0; i < count; i++) counts[this.#row[i]]++;
    const next = new Int32Array(rows + 1);
    for (let row = 0; row < rows; row++) next[row + 1] = next[row] + counts[row];
    const order = new Int32Array(count);
    for (let i = 0; i < count; i++) order[next[this.#row[i]]++] = i;
    const targets = this.#index;
    for (let row = 0, from = 0; row < rows; row++) {
      const own = order.subarray(from, (from += counts[row]));
      if (own.some((pair, i) => i > 0 && targets[pair] < targets[own[i - 1]])) {
        own.sort((a, b) => targets[a] - targets[b]);
      }
    }
    const index = new Int32Array(new SharedArrayBuffer(count * 4));
    const score = new Float32Array(new SharedArrayBuffer(count * 4));
    for (let i = 0; i < count; i++) {
      index[i] = targets[order[i]];
      score[i] = this.#score[order[i]];
    }
    return { start, counts, index, score };
  }
}

function grown<T extends Int32Array | Float32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
