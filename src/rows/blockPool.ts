import { allocateShared, type SharedFloats } from './sharedFloats.ts';

/** How long memory waits to be used again. */
const IDLE_MILLISECONDS = 2000;

let free: SharedFloats[] = [];
let timer: NodeJS.Timeout | undefined;

/**
 * Shared memory for `length` values, with whatever was in it. Memory given back lately is used again: left to garbage
 * collection, the rows of one statement would still be held while the next ones are read, and fresh pages cost time.
 */
export function takeBlock(length: number): SharedFloats {
  const last = free.pop();
  if (last?.values.length === length) return last;
  // Blocks of another size are of no use to whoever reads now.
  free = [];
  return allocateShared(length);
}

/** Gives memory back that no thread uses any more. */
export function giveBlocks(blocks: readonly SharedFloats[]): void {
  free.push(...blocks);
  clearTimeout(timer);
  timer = setTimeout(() => (free = []), IDLE_MILLISECONDS);
  timer.unref();
}
