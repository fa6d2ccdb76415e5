import type { DuckDBType } from '@duckdb/node-api';
import type { ResultColumn } from '../../columns/resultColumn.ts';
import { NearduckError } from '../../errors.ts';
import type { ArrowBatch } from './arrowFile.ts';
import type { Values } from './values/values.ts';

/** Record batches one after the other, by row. */
export class ArrowRows {
  readonly rowCount: number;
  readonly #batches: readonly ArrowBatch[];
  /** First row of each batch, and the row past the last. */
  readonly #starts: Float64Array;

  constructor(batches: readonly ArrowBatch[]) {
    this.#batches = batches.filter(({ rowCount }) => rowCount > 0);
    this.#starts = new Float64Array(this.#batches.length + 1);
    for (const [i, { rowCount }] of this.#batches.entries()) this.#starts[i + 1] = this.#starts[i] + rowCount;
    this.rowCount = this.#starts[this.#batches.length];
  }

  /** Column `index`: its values are read from the file as DuckDB scans them. */
  column(index: number, type: DuckDBType): ResultColumn {
    return {
      type,
      write: (vector, start, count) => {
        let batch = this.#batchOf(start);
        for (let done = 0; done < count; batch++) {
          const within = start + done - this.#starts[batch];
          const take = Math.min(count - done, this.#batches[batch].rowCount - within);
          writeValues(() => this.#batches[batch].values()[index], vector, done, within, take);
          done += take;
        }
      },
    };
  }

  /** The last batch that begins at or before `row`. */
  #batchOf(row: number): number {
    let low = 0;
    let high = this.#batches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle] <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** DuckDB puts its own `Invalid Input Error:` in front of what is thrown while it scans. */
function writeValues(values: () => Values, ...place: Parameters<Values['write']>): void {
  try {
    values().write(...place);
  } catch (error) {
    if (error instanceof NearduckError) throw new Error(error.detail, { cause: error });
    throw error;
  }
}
