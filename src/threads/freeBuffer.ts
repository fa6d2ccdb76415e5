import { MessageChannel, type MessagePort } from 'node:worker_threads';

let closed: MessagePort | undefined;

/** Just below the largest size that glibc's malloc adapts to (`DEFAULT_MMAP_THRESHOLD_MAX`). */
const LARGEST_KEPT = 31 * 2 ** 20;

/**
 * Frees the memory of an ArrayBuffer now instead of at a later garbage collection, by transferring it to a
 * closed port. (From Node 22 on, `ArrayBuffer.prototype.transfer` can do this.) The first call frees a large
 * buffer, so that glibc's malloc keeps freed memory of up to this size for the next buffer (mallopt(3),
 * M_MMAP_THRESHOLD) instead of clearing new pages.
 */
export function freeBuffer(buffer: ArrayBuffer): void {
  if (!closed) {
    const { port1, port2 } = new MessageChannel();
    port2.close();
    closed = port1;
    closed.unref();
    closed.postMessage(null, [new ArrayBuffer(LARGEST_KEPT)]);
  }
  closed.postMessage(null, [buffer]);
}
