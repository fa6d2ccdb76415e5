import { MessageChannel, type MessagePort } from 'node:worker_threads';

let closed: MessagePort | undefined;

/** Just below the largest size that glibc's malloc adapts to (`DEFAULT_MMAP_THRESHOLD_MAX`). */
const LARGEST_KEPT = 31 * 2 ** 20;

/**
 * Frees an ArrayBuffer's memory now, not at some later garbage collection, by sending it where nobody listens.
 * (`ArrayBuffer.prototype.transfer` does as much from Node 22 on.) The first time, glibc's malloc is told to keep such
 * memory for the next buffer, which would have to be cleared page by page: it does so from when a block as large is freed
 * (mallopt(3), M_MMAP_THRESHOLD).
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
