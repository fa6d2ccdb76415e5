import { Buffer } from 'node:buffer';

/** Below this many bytes, `target.set` is faster. */
const LEAST = 1024;

/**
 * Copies `source` to `target` from byte `at` on, as `target.set(source, at)` does. V8 copies from and to shared memory word by
 * word; `Buffer.fill` is a plain `memcpy`, half as fast again for rows that are in no cache. The two must not overlap.
 * @throws RangeError when the source is longer.
 */
export function copyBytes(target: Uint8Array, source: Uint8Array, at = 0): void {
  const end = at + source.length;
  if (source.length < LEAST || end > target.length) target.set(source, at);
  else Buffer.prototype.fill.call(target, source, at, end);
}

/** The same for float32 values, to the front of `target`. */
export function copyFloats(target: Float32Array, source: Float32Array): void {
  copyBytes(bytesOf(target), bytesOf(source));
}

/** The bytes of values, where these are. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
