import { invalidInputError } from '../errors.ts';
import type { RowStore } from '../rows/rowStore.ts';
import type { Checkpoint } from './checkpoint.ts';
import { placesIn, type RankedRows } from './pairwise/clusterOrder.ts';

/** Odd, with bits all over: what differs in one bit differs in many once multiplied. */
const FACTOR = 0x9e3779b1;

/** A digest of numbers in their order. */
function digestOf(count: number, numberAt: (i: number) => number): Int32Array {
  const digest = Int32Array.of(count, 0, 0);
  for (let i = 0; i < count; i++) {
    const mixed = Math.imul(numberAt(i) ^ (i * 31), FACTOR);
    digest[1] = Math.imul(digest[1] ^ mixed, FACTOR) + 1;
    digest[2] += mixed ^ (mixed >>> 15);
  }
  return digest;
}

/** A digest of the embeddings, in the order that rows are kept in. */
export const rowsDigest = (store: RowStore, order: Int32Array): Int32Array =>
  digestOf(order.length, (i) => store.hash(order[i]));

/** A digest of how rows rank, in the order that rows are kept in. */
export function ranksDigest({ order, staying = 0 }: RankedRows, keptOrder: Int32Array): Int32Array {
  const places = placesIn(order);
  const digest = digestOf(keptOrder.length, (i) => places[keptOrder[i]]);
  digest[0] ^= Math.imul(staying, FACTOR);
  return digest;
}

/**
 * Keeps a digest of what later steps depend on; statements may read other rows each time, which no list of files tells.
 * @throws NearduckError (Invalid Input Error) when an unfinished run has kept another one under the name.
 */
export function checkSame(checkpoint: Checkpoint, name: string, digest: Int32Array, what: string): void {
  const before = checkpoint.load(name)?.digest;
  if (before === undefined) return checkpoint.saveLater(name, { digest });
  if (before.every((value, i) => value === digest[i])) return;
  throw invalidInputError(
    `dedup: cannot resume the unfinished run: ${what} from those of that run; start anew with --overwrite`,
  );
}
