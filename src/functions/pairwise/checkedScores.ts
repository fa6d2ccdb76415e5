import type { Column } from '../../columns/column.ts';
import { bytesOf } from '../../columns/fixedWidthColumn.ts';
import { loadOrCompute, type Checkpoint } from '../../algorithms/checkpoint.ts';
import type { RankedRows } from '../../algorithms/pairwise/clusterOrder.ts';
import { scoresAgainstAll } from '../../algorithms/recall/recall.ts';
import type { StepOptions } from '../../algorithms/step.ts';
import type { RowStore } from '../../rows/rowStore.ts';

/** Scores of `rows` against all rows, by row. */
export async function checkedScores(
  store: RowStore,
  ranked: RankedRows,
  rows: Int32Array,
  step: StepOptions,
  checkpoint?: Checkpoint,
): Promise<Map<number, number>> {
  const { scores } = await loadOrCompute(checkpoint, 'checked', async () => ({
    scores: await scoresAgainstAll(store, ranked, rows, step),
  }));
  // Like pairwise: 0 when no earlier row is similar.
  return new Map(Array.from(rows, (row, i) => [row, Math.max(0, scores[i])]));
}

/** The rows for which a BOOLEAN column is true. */
export function trueRows(column: Column): Int32Array {
  const bytes = bytesOf(column);
  const rows: number[] = [];
  for (let row = 0; row < bytes.length; row++) if (bytes[row] === 1 && !column.isNull(row)) rows.push(row);
  return Int32Array.from(rows);
}
