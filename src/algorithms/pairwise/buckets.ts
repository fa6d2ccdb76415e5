import { clusterOrder, type Memberships } from './clusterOrder.ts';

/** Rows by bucket. A row is in the buckets of all its clusters. */
export interface BucketedRows {
  /** Row numbers in ascending order of bucket, then of row. */
  readonly rows: Int32Array;
  /** The bucket of each of `rows`. */
  readonly buckets: Int32Array;
  /** The clusters of each of `rows` that are in its bucket. */
  readonly memberships: Required<Memberships>;
}

/** Repeats rows once per bucket of their clusters. `bucketOf` is the bucket of each cluster. */
export function rowsByBucket({ cluster, offsets }: Memberships, bucketOf: Int32Array): BucketedRows {
  const numbers = Int32Array.from(new Set(bucketOf)).sort();
  const places = new Map(Array.from(numbers, (bucket, place) => [bucket, place]));
  const placeOf = bucketOf.map((bucket) => places.get(bucket)!);
  const place = cluster.map((c) => placeOf[c]);
  const all = Int32Array.from(cluster, (_, entry) => entry);
  const entries = clusterOrder({ cluster: place }, numbers.length, all).rows;
  const rowOf = offsets ? new Int32Array(cluster.length) : all;
  if (offsets)
    for (let row = 0; row + 1 < offsets.length; row++) rowOf.fill(row, offsets[row], offsets[row + 1]);
  const rows = new Int32Array(entries.length);
  const buckets = new Int32Array(entries.length);
  const starts = new Uint32Array(entries.length + 1);
  let count = 0;
  entries.forEach((entry, i) => {
    const [row, bucket] = [rowOf[entry], numbers[place[entry]]];
    if (count === 0 || rows[count - 1] !== row || buckets[count - 1] !== bucket) {
      rows[count] = row;
      buckets[count] = bucket;
      starts[count++] = i;
    }
  });
  starts[count] = entries.length;
  return {
    rows: rows.slice(0, count),
    buckets: buckets.slice(0, count),
    memberships: { cluster: entries.map((entry) => cluster[entry]), offsets: starts.slice(0, count + 1) },
  };
}
