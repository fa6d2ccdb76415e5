import { fromSavedOrder, type RowCheckpoint } from '../checkpoint.ts';
import type { Memberships } from './clusterOrder.ts';

/** The saved clusters of each row. If there are none, they are computed and saved. */
export async function keptMemberships(
  keep: RowCheckpoint | undefined,
  compute: () => Promise<Required<Memberships>>,
): Promise<Memberships> {
  if (!keep) return compute();
  const { checkpoint, order } = keep;
  const known = checkpoint.load('clusters') as ReturnType<typeof inOrder> | undefined;
  if (known) return fromOrder(known, order);
  const found = await compute();
  checkpoint.save('clusters', inOrder(found, order));
  return found;
}

/** For rows in the given order, the number of clusters of each, and the clusters. */
function inOrder(
  { cluster, offsets }: Required<Memberships>,
  order: Int32Array,
): { counts: Int32Array; cluster: Int32Array } {
  const ordered = new Int32Array(cluster.length);
  const counts = new Int32Array(order.length);
  let at = 0;
  order.forEach((row, i) => {
    const own = cluster.subarray(offsets[row], offsets[row + 1]);
    ordered.set(own, at);
    at += own.length;
    counts[i] = own.length;
  });
  return { counts, cluster: ordered };
}

function fromOrder(
  { counts, cluster: ordered }: ReturnType<typeof inOrder>,
  order: Int32Array,
): Required<Memberships> {
  const byRowCounts = fromSavedOrder(counts, order);
  const offsets = new Uint32Array(order.length + 1);
  byRowCounts.forEach((count, row) => (offsets[row + 1] = offsets[row] + count));
  const cluster = new Int32Array(ordered.length);
  let at = 0;
  order.forEach((row, i) => {
    cluster.set(ordered.subarray(at, at + counts[i]), offsets[row]);
    at += counts[i];
  });
  return { cluster, offsets };
}
