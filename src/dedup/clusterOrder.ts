/** Rows cluster by cluster, first-ranked first: cluster c is `rows[offsets[c]]` to `rows[offsets[c + 1] − 1]`. */
export interface ClusterOrder {
  readonly rows: Int32Array;
  readonly offsets: Float64Array;
}

/** Orders rows by cluster (0 … `clusters` − 1) and within a cluster by `compare`. */
export function clusterOrder(
  cluster: Int32Array,
  clusters: number,
  compare: (a: number, b: number) => number,
): ClusterOrder {
  const offsets = new Float64Array(clusters + 1);
  for (const c of cluster) offsets[c + 1]++;
  for (let c = 0; c < clusters; c++) offsets[c + 1] += offsets[c];
  const rows = new Int32Array(cluster.length);
  const next = offsets.slice();
  for (let row = 0; row < cluster.length; row++) rows[next[cluster[row]]++] = row;
  for (let c = 0; c < clusters; c++) rows.subarray(offsets[c], offsets[c + 1]).sort(compare);
  return { rows, offsets };
}
