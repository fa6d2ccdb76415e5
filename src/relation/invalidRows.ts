import type { Column } from '../columns/column.ts';
import { invalidInputError } from '../errors.ts';

/** Reasons why an embedding cannot be used. */
export const REASONS = [
  'NULL embedding',
  'NULL element',
  'wrong length',
  'NaN or infinite element',
  'zero norm',
] as const;
/** A reason why an embedding cannot be used. */
export type Reason = (typeof REASONS)[number];

/** Invalid rows, by row number in order of arrival. */
export class InvalidRows {
  readonly #entries: { readonly row: number; readonly reason: string }[] = [];
  readonly #counts = new Map<Reason, number>();
  /** Number of rows per reason and detail, for reasons that have details. */
  readonly #details = new Map<string, number>();

  get count(): number {
    return this.#entries.length;
  }

  /** The row numbers, ascending once `sort` was called. */
  get rows(): number[] {
    return this.#entries.map(({ row }) => row);
  }

  /** The reason of each of `rows`. */
  get reasons(): string[] {
    return this.#entries.map(({ reason }) => reason);
  }

  add(row: number, reason: Reason, detail = ''): void {
    this.#entries.push({ row, reason: reason + detail });
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    if (detail) this.#details.set(reason + detail, (this.#details.get(reason + detail) ?? 0) + 1);
  }

  sort(): void {
    this.#entries.sort((a, b) => a.row - b.row);
  }

  /** `2 with NULL embedding, 3 with wrong length (most often 16, expected 8), 1 with zero norm`. */
  summary(): string {
    return REASONS.filter((reason) => this.#counts.has(reason))
      .map((reason) => `${this.#counts.get(reason)} with ${reason}${this.#usualDetail(reason)}`)
      .join(', ');
  }

  #usualDetail(reason: Reason): string {
    const details = [...this.#details].filter(([text]) => text.startsWith(reason));
    // Rows arrive in no particular order, so ties are ordered by text.
    details.sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    if (details.length === 0) return '';
    const usual = details[0][0].slice(reason.length).trim();
    return ` (${details.length > 1 ? 'most often ' : ''}${usual})`;
  }

  /** True when a row is invalid for `reason`. */
  has(reason: Reason): boolean {
    return this.#counts.has(reason);
  }

  /** The error for `on_invalid := 'error'`. Rows arrive in no order, so it names the smallest ids. */
  error(functionName: string, total: number, ids: Column): Error {
    const first = this.rows
      .toSorted((a, b) => ids.compare(a, b))
      .slice(0, 5)
      .map((row) => ids.text(row));
    return invalidInputError(
      `${functionName}: ${this.count} of ${total} embeddings are invalid (${this.summary()}); ` +
        `first ids: ${first.join(', ')}; leave them out with on_invalid := 'skip', ` +
        `list them with FROM invalid_embeddings(…)`,
    );
  }
}
