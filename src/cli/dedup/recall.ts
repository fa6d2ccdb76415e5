import { lastOverlap } from '../../functions/pairwise/chosenOverlap.ts';
import { firstRow } from '../../queryValues.ts';
import type { Session } from '../../session/session.ts';
import type { DedupOptions } from './options.ts';

/** Which share of all duplicates a run found. */
export type FoundShare =
  /** `exact`: all rows were compared with each other; `complete`: no pair within eps can be missed. */
  | { readonly certainty: 'exact' | 'complete' }
  | {
      readonly certainty: 'estimate';
      readonly recall: number;
      /** 95 % interval. */
      readonly low: number;
      readonly high: number;
      readonly rowsChecked: number;
    };

/** The eps that `--recall` aims at if none is given. */
const DEFAULT_EPS = 0.1;

/** The recall at `eps`. Runs `5_recall.sql`, unless the recall is certain. */
export async function foundShare(
  { connection }: Session,
  options: DedupOptions,
  eps: number,
): Promise<FoundShare> {
  const { certainty } = lastOverlap(connection.settings)!;
  const isPromised = certainty === 'exact' || eps <= (options.eps ?? DEFAULT_EPS);
  if (certainty !== 'none' && isPromised) return { certainty };
  const row = await firstRow(connection, 'SELECT recall, recall_low, recall_high, rows_checked FROM recall');
  const [recall, low, high, rowsChecked] = row.map(Number);
  return { certainty: 'estimate', recall, low, high, rowsChecked };
}

const CERTAIN = {
  exact: 'exact: all rows were compared with each other',
  complete: 'complete: no pair of rows within eps can be missed',
};

/** The line of the summary about the recall. */
export function shareText(share: FoundShare): string {
  if (share.certainty !== 'estimate') return CERTAIN[share.certainty];
  const [recall, low, high] = [share.recall, share.low, share.high].map((value) => value.toFixed(3));
  return (
    `${recall} of all duplicates (95 %: ${low} to ${high}), from ` +
    `${share.rowsChecked.toLocaleString('en-US')} rows`
  );
}
