import type { Pair } from '../reportData.ts';

/** The verdict on one pair. `weight` is the number of rows that the pair represents. */
export interface Verdict {
  readonly score: number;
  readonly weight: number;
  readonly isSame: boolean;
}

/** The verdicts of a person on pairs. They are stored in the browser until its storage is cleared. */
export class Verdicts {
  readonly #pairs: readonly Pair[];
  readonly #key: string;
  readonly #isSame = new Map<string, boolean>();

  /** `key` identifies the run that the pairs come from. */
  constructor(pairs: readonly Pair[], key: string) {
    this.#pairs = pairs;
    this.#key = key;
    const known = new Set(pairs.map(({ id }) => id));
    for (const [id, isSame] of stored(key)) if (known.has(id)) this.#isSame.set(id, isSame);
  }

  get(pair: Pair): boolean | undefined {
    return this.#isSame.get(pair.id);
  }

  set(pair: Pair, isSame: boolean): void {
    this.#isSame.set(pair.id, isSame);
    try {
      localStorage.setItem(this.#key, JSON.stringify([...this.#isSame]));
    } catch {
      // A page opened from a file may have no storage. The verdicts then last until the page is closed.
    }
  }

  all(): Verdict[] {
    return this.#pairs.flatMap((pair) => {
      const isSame = this.get(pair);
      return isSame === undefined ? [] : [{ score: pair.score, weight: pair.weight, isSame }];
    });
  }

  /** The judged pairs as CSV, with the columns that eps_precision reads. */
  csv(): string {
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const lines = this.#pairs.flatMap((pair) => {
      const isSame = this.get(pair);
      if (isSame === undefined) return [];
      const { id, maxId, maxIsEarlier, score, weight } = pair;
      return [[quoted(id), quoted(maxId), maxIsEarlier, score, weight, isSame].join(',')];
    });
    return ['id,max_id,max_in_against,score,weight,same', ...lines, ''].join('\n');
  }
}

function stored(key: string): [string, boolean][] {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '[]') as [string, boolean][];
  } catch {
    return [];
  }
}
