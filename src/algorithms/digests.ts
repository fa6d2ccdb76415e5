import { invalidInputError } from '../errors.ts';
import type { RowStore } from '../rows/rowStore.ts';
import type { Checkpoint } from './checkpoint.ts';
import { placesIn, type RankedRows } from './pairwise/clusterOrder.ts';

/**
 * An odd factor with bits in all positions. A difference in one bit becomes a difference in many bits of the
 * product.
 */
const FACTOR = 0x9e3779b1;

/** A digest of a sequence of numbers. */
function digestOf(count: number, numberAt: (i: number) => number): Int32Array {
  const digest = Int32Array.of(count, 0, 0);
  for (let i = 0; i < count; i++) {
    const mixed = Math.imul(numberAt(i) ^ (i * 31), FACTOR);
    digest[1] = Math.imul(digest[1] ^ mixed, FACTOR) + 1;
    digest[2] += mixed ^ (mixed >>> 15);
  }
  return digest;
}

/** A digest of the embeddings, in the order in which values are saved. */
export const rowsDigest = (store: RowStore, order: Int32Array): Int32Array =>
  digestOf(order.length, (i) => store.hash(order[i]));

/** A digest of the ranking of rows, in the order in which values are saved. */
export function ranksDigest({ order, exemptCount = 0 }: RankedRows, keptOrder: Int32Array): Int32Array {
  const places = placesIn(order);
  const digest = digestOf(keptOrder.length, (i) => places[keptOrder[i]]);
  digest[0] ^= Math.imul(exemptCount, FACTOR);
  return digest;
}

/**
 * Saves a digest of the data that later steps depend on. A statement can return other rows each time, which a
 * list of files does not show.
 * @throws NearduckError (Invalid Input Error) when an unfinished run has saved another digest under the name.
 */
export function checkDigest(checkpoint: Checkpoint, name: string, digest: Int32Array, what: string): void {
  const before = checkpoint.load(name)?.digest;
  if (before === undefined) return checkpoint.saveLater(name, { digest });
  if (before.every((value, i) => value === digest[i])) return;
  throw invalidInputError(
    `dedup: cannot resume the unfinished run: ${what} from those of that run; start over with --overwrite`,
  );
}
