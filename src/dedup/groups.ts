/** Clusters `first` to `last` − 1. */
export interface ClusterGroup {
  readonly first: number;
  readonly last: number;
}

/** Cuts clusters into groups of at most `rowsAtOnce` rows; a larger cluster is a group of its own. */
export function groupClusters(offsets: Float64Array, rowsAtOnce: number): ClusterGroup[] {
  const groups: ClusterGroup[] = [];
  const clusters = offsets.length - 1;
  for (let first = 0; first < clusters;) {
    let last = first + 1;
    while (last < clusters && offsets[last + 1] - offsets[first] <= rowsAtOnce) last++;
    groups.push({ first, last });
    first = last;
  }
  return groups;
}
