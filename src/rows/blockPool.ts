import { allocateShared, resized, type SharedFloats } from './sharedFloats.ts';

/** Values a block has room for, if it need not be larger. Rows of any length take most of it: see `RowStore`. */
const USUAL_LENGTH = 2 ** 23;
/** How long memory waits to be used again. */
const IDLE_MILLISECONDS = 2000;

let free: SharedFloats[] = [];
let timer: NodeJS.Timeout | undefined;

/**
 * Shared memory for `length` values, with whatever was in it. Memory given back lately is used again: left to garbage
 * collection, the rows of one statement would still be held while the next ones are read, and fresh pages cost time.
 */
export function takeBlock(length: number): SharedFloats {
  // What is still there may be asked for next.
  if (free.length > 0) forgetLater();
  const last = free.pop();
  if (last && last.values.buffer.byteLength >= length * 4) return resized(last, length);
  // Blocks too small are of no use to whoever reads now.
  free = [];
  // What is not used of a block is never touched, and takes no memory.
  return resized(allocateShared(Math.max(length, USUAL_LENGTH)), length);
}

/** Gives memory back that no thread uses any more. */
export function giveBlocks(blocks: readonly SharedFloats[]): void {
  free.push(...blocks);
  forgetLater();
}

function forgetLater(): void {
  clearTimeout(timer);
  timer = setTimeout(() => (free = []), IDLE_MILLISECONDS);
  timer.unref();
}
