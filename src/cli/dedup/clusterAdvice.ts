import type { Session } from '../../session/session.ts';
import { fromInput } from './input/bindInput.ts';
import type { Input } from './input/input.ts';
import type { DedupOptions } from './options.ts';

/** Rows a cluster where `--clusters` is not given, as in 2_kmeans.sql. */
const ROWS_A_CLUSTER = 1000;
/** Rows of the sample a cluster, and the iterations on them, that k-means usually takes. */
const FIT_ROWS = 256 * 17;
/** Clusters differ in size: their squares add up to so much more than those of equal ones. A pair costs two distances. */
const PAIR_WEIGHT = 2.5 * 2;
/** Said when it saves at least so much. */
const WORTHWHILE = 2;

/** What `rows` in k clusters cost, in distances between a row and a centroid: fit, assignment and pairs. */
export const work = (rows: number, k: number): number =>
  FIT_ROWS * k * k + rows * k + (PAIR_WEIGHT * rows * rows) / (2 * k);

/** A number of clusters that takes half the work of the default or less, where there is one: two digits. */
export function fewerClusters(rows: number): { clusters: number; share: number } | undefined {
  const usual = Math.max(1, Math.round(rows / ROWS_A_CLUSTER));
  let best = usual;
  for (let k = usual; k >= 1; k = Math.floor(k * 0.95)) if (work(rows, k) < work(rows, best)) best = k;
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(best)) - 1);
  const clusters = Math.round(best / unit) * unit;
  const share = work(rows, clusters) / work(rows, usual);
  return share <= 1 / WORTHWHILE ? { clusters, share } : undefined;
}

/** Says so when the default number of clusters makes k-means the most of the work. Counts Parquet rows only: those are known. */
export async function adviseClusters(
  { connection }: Session,
  input: Input,
  { clusters }: DedupOptions,
  notice: (text: string) => void,
): Promise<void> {
  if (clusters !== undefined || input.reader !== 'read_parquet') return;
  const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${fromInput(input)}`);
  const rows = Number(counted.getRows()[0][0]);
  const fewer = fewerClusters(rows);
  if (!fewer) return;
  const grouped = (value: number): string => value.toLocaleString('en-US');
  notice(
    `dedup: ${grouped(rows)} rows make ${grouped(Math.round(rows / ROWS_A_CLUSTER))} clusters unless --clusters says otherwise, ` +
      `and k-means most of the work; --clusters ${fewer.clusters} takes about ${Math.round(fewer.share * 100)} % of it`,
  );
}
