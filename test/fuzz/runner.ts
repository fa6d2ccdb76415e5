import { writeFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { errorFault } from './properErrors.ts';

/** Milliseconds that a case on a dozen rows may take on a busy machine. */
const PATIENCE = 10_000;
/** Values that a column of a result must not contain. */
const RULES: Readonly<Record<string, (value: unknown) => boolean>> = {
  cosine_sim_score: (value) => (value as number) >= -1 && (value as number) <= 1,
  centroid: (value) => Number(value) >= 0,
  rank: (value) => Number(value) >= 1,
  neighbor_rank: (value) => Number(value) >= 1,
  cosine_dist_to_cent: (value) => (value as number) >= 0 && (value as number) <= 2,
  l2_dist_to_cent: (value) => (value as number) >= 0 && (value as number) <= 2,
  recall: (value) => (value as number) >= 0 && (value as number) <= 1,
};

/** Runs statements that may fail. Throws when a statement fails in an unacceptable way. */
export class Runner {
  readonly #connection: DuckDBConnection;
  readonly #counts = new Map<string, { results: number; errors: number }>();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** The number of cases of a kind that returned a result, and that failed. */
  counts(kind: string): { readonly results: number; readonly errors: number } {
    return this.#counts.get(kind) ?? { results: 0, errors: 0 };
  }

  async check(sql: string, kind: string): Promise<'result' | 'error'> {
    const count = this.#counts.get(kind) ?? { results: 0, errors: 0 };
    this.#counts.set(kind, count);
    // If a case ends the process, `npm run fuzz` prints that case.
    const last = process.env['NEARDUCK_FUZZ_LAST'];
    if (last !== undefined) writeFileSync(last, sql);
    const patience = setTimeout(() => this.#connection.interrupt(), PATIENCE);
    try {
      const reader = await this.#connection.runAndReadAll(sql);
      const names = reader.columnNames();
      for (const row of reader.getRows())
        for (const [i, value] of row.entries())
          if (value !== null && RULES[names[i]]?.(value) === false)
            throw new WrongResult(`${names[i]} is ${String(value)}`);
      count.results++;
      return 'result';
    } catch (error) {
      if (error instanceof WrongResult) throw error;
      // A case must not end with an interrupt.
      const fault = errorFault((error as Error).message, sql);
      if (fault !== undefined) throw new Error(fault, { cause: error });
      count.errors++;
      return 'error';
    } finally {
      clearTimeout(patience);
    }
  }
}

class WrongResult extends Error {}
