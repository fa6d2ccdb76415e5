import type { Column } from '../../columns/column.ts';
import { hashValues } from '../../columns/fixedWidthColumn.ts';

/** Clusters numbered from 0 as they first appear, by row. NULL is a cluster of its own. */
export interface ClusterNumbers {
  readonly cluster: Int32Array;
  readonly clusters: number;
}

/** Numbers the values of a cluster column; `hash` is DuckDB's hash of it. Values that share a hash stay apart. */
export function numberClusters(column: Column, hash: Column): ClusterNumbers {
  const hashes = hashValues(hash);
  const cluster = new Int32Array(column.length);
  /** Per hash, the first row of each cluster with it. */
  const seen = new Map<bigint, number[]>();
  let clusters = 0;
  for (let row = 0; row < cluster.length; row++) {
    const rows = seen.get(hashes[row]);
    const first = rows?.find((other) => column.equals(other, row));
    if (first !== undefined) {
      cluster[row] = cluster[first];
      continue;
    }
    if (rows) rows.push(row);
    else seen.set(hashes[row], [row]);
    cluster[row] = clusters++;
  }
  return { cluster, clusters };
}
