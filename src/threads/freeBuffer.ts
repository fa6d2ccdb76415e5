import { MessageChannel, type MessagePort } from 'node:worker_threads';

let closed: MessagePort | undefined;

/**
 * Frees an ArrayBuffer's memory now, not at some later garbage collection, by sending it where nobody listens.
 * (`ArrayBuffer.prototype.transfer` does as much from Node 22 on.)
 */
export function freeBuffer(buffer: ArrayBuffer): void {
  if (!closed) {
    const { port1, port2 } = new MessageChannel();
    port2.close();
    closed = port1;
    closed.unref();
  }
  closed.postMessage(null, [buffer]);
}
