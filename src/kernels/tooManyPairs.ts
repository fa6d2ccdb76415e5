/** A search found more pairs than its limit: none of them is returned. */
export class TooManyPairs extends Error {
  /** How many pairs it found in all. */
  readonly count: number;

  constructor(count: number, limit: number) {
    super(`search: ${count} pairs are more than ${limit}`);
    this.name = 'TooManyPairs';
    this.count = count;
  }
}
