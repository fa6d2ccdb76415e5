import { allocateShared, resized, type SharedFloats } from './sharedFloats.ts';

/** Minimum number of values of a block. Rows of any length use most of it; see `RowStore`. */
const USUAL_LENGTH = 2 ** 23;
/** Milliseconds for which returned memory is kept for reuse. */
const IDLE_MS = 2000;

let free: SharedFloats[] = [];
let timer: NodeJS.Timeout | undefined;

/**
 * Returns shared memory for `length` values. Its contents are undefined. Recently returned memory is reused:
 * garbage collection would free the rows of one statement only after the next rows are read, and new pages
 * take time.
 */
export function acquireBlock(length: number): SharedFloats {
  // The next call may request the remaining blocks.
  if (free.length > 0) dropWhenIdle();
  const last = free.pop();
  if (last && last.values.buffer.byteLength >= length * 4) return resized(last, length);
  // Blocks that are too small will not fit the following requests either.
  free = [];
  // Unused memory of a block is never touched, so it occupies no physical memory.
  return resized(allocateShared(Math.max(length, USUAL_LENGTH)), length);
}

/** Returns memory that no thread uses any more. */
export function releaseBlocks(blocks: readonly SharedFloats[]): void {
  free.push(...blocks);
  dropWhenIdle();
}

function dropWhenIdle(): void {
  clearTimeout(timer);
  timer = setTimeout(() => (free = []), IDLE_MS);
  timer.unref();
}
