/** Rows cluster by cluster, first-ranked first: cluster c is `rows[offsets[c]]` to `rows[offsets[c + 1] − 1]`. */
export interface ClusterOrder {
  readonly rows: Int32Array;
  readonly offsets: Float64Array;
}

/** Orders rows by cluster (0 … `clusters` − 1); within a cluster they stay in the order of `order`, which names all rows. */
export function clusterOrder(cluster: Int32Array, clusters: number, order: Int32Array): ClusterOrder {
  const offsets = new Float64Array(clusters + 1);
  for (const c of cluster) offsets[c + 1]++;
  for (let c = 0; c < clusters; c++) offsets[c + 1] += offsets[c];
  const rows = new Int32Array(cluster.length);
  const next = offsets.slice();
  for (const row of order) rows[next[cluster[row]]++] = row;
  return { rows, offsets };
}
