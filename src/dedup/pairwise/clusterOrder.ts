/** The clusters each row is compared in. */
export interface Memberships {
  /** Those of row r are entries `offsets[r]` to `offsets[r + 1]` (exclusive), the row's own cluster first. */
  readonly cluster: Int32Array;
  /** Absent where each row is in its own cluster only. */
  readonly offsets?: Uint32Array;
}

/** Rows cluster by cluster, first-ranked first: cluster c is `rows[offsets[c]]` to `rows[offsets[c + 1] − 1]`. */
export interface ClusterOrder {
  readonly rows: Int32Array;
  readonly offsets: Float64Array;
  /** By row its place in the order of all rows, where rows may be in several clusters. */
  readonly places?: Int32Array;
}

/** Orders rows by cluster (0 … `clusters` − 1); within a cluster they stay in the order of `order`, which names all rows. */
export function clusterOrder(
  { cluster, offsets: first }: Memberships,
  clusters: number,
  order: Int32Array,
): ClusterOrder {
  const offsets = new Float64Array(clusters + 1);
  for (const c of cluster) offsets[c + 1]++;
  for (let c = 0; c < clusters; c++) offsets[c + 1] += offsets[c];
  const rows = new Int32Array(cluster.length);
  const next = offsets.slice();
  if (!first) {
    for (const row of order) rows[next[cluster[row]]++] = row;
    return { rows, offsets };
  }
  for (const row of order) {
    for (let i = first[row]; i < first[row + 1]; i++) rows[next[cluster[i]]++] = row;
  }
  return { rows, offsets, places: placesIn(order) };
}

/** By row its place in an order of all rows. */
export function placesIn(order: Int32Array): Int32Array {
  const places = new Int32Array(order.length);
  for (let place = 0; place < order.length; place++) places[order[place]] = place;
  return places;
}

/** The rows of each cluster that are wanted. */
export function rowsWhere(
  { rows, offsets }: Pick<ClusterOrder, 'rows' | 'offsets'>,
  isWanted: (row: number) => boolean,
): Pick<ClusterOrder, 'rows' | 'offsets'> {
  const wanted = new Int32Array(rows.length);
  const starts = new Float64Array(offsets.length);
  let count = 0;
  for (let c = 0; c + 1 < offsets.length; c++) {
    for (let i = offsets[c]; i < offsets[c + 1]; i++) if (isWanted(rows[i])) wanted[count++] = rows[i];
    starts[c + 1] = count;
  }
  return { rows: wanted.slice(0, count), offsets: starts };
}
