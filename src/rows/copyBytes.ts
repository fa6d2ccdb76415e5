import { Buffer } from 'node:buffer';

/** Below this many bytes, `target.set` is faster. */
const LEAST = 1024;

/**
 * Copies `source` to byte `at` of `target`, like `target.set(source, at)`. V8 copies from and to shared
 * memory word by word; `Buffer.fill` is a plain `memcpy` and 1.5 times as fast for uncached rows. The two
 * must not overlap.
 * @throws RangeError when the source is too long for the target.
 */
export function copyBytes(target: Uint8Array, source: Uint8Array, at = 0): void {
  const end = at + source.length;
  if (source.length < LEAST || end > target.length) target.set(source, at);
  else Buffer.prototype.fill.call(target, source, at, end);
}

/** Copies float32 values to the front of `target`. */
export function copyFloats(target: Float32Array, source: Float32Array): void {
  copyBytes(bytesOf(target), bytesOf(source));
}

/** A view of the bytes of float32 values. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
