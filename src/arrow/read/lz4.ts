/** The first four bytes of a frame. */
const MAGIC = 0x184d2204;
/** The length of the shortest match. Stored lengths are relative to it. */
const MIN_MATCH = 4;

/**
 * Decompresses LZ4 frames, as in Feather files, into `size` bytes. Format:
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 * @throws RangeError when they do not produce exactly this size.
 */
export function unpackLz4(input: Uint8Array, size: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const output = Buffer.allocUnsafeSlow(size);
  let at = 0;
  let written = 0;
  while (at < input.length) {
    if (view.getUint32(at, true) !== MAGIC) throw new RangeError('not an LZ4 frame');
    const flags = input[at + 4];
    const blockChecksum = (flags & 0x10) !== 0 ? 4 : 0;
    const contentChecksum = (flags & 0x04) !== 0 ? 4 : 0;
    // Frame header: magic, flags, block size, optional content size, optional dictionary id, header checksum.
    at += 7 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0);
    for (;;) {
      const word = view.getUint32(at, true);
      at += 4;
      if (word === 0) break;
      const length = word & 0x7fffffff;
      if (word >>> 31) {
        output.set(input.subarray(at, at + length), written);
        written += length;
      } else {
        written = unpackBlock(input, at, at + length, output, written);
      }
      at += length + blockChecksum;
    }
    at += contentChecksum;
  }
  if (written !== size) throw new RangeError(`LZ4 frame of ${written} bytes, expected ${size}`);
  return output;
}

function unpackBlock(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  begin: number,
): number {
  let at = start;
  let to = begin;
  while (at < end) {
    const token = input[at++];
    let literals = token >> 4;
    if (literals === 15) {
      let more: number;
      do literals += more = input[at++];
      while (more === 255);
    }
    if (literals > 32) output.set(input.subarray(at, at + literals), to);
    else for (let i = 0; i < literals; i++) output[to + i] = input[at + i];
    at += literals;
    to += literals;
    // The last sequence has no match.
    if (at >= end) break;
    const distance = input[at] | (input[at + 1] << 8);
    at += 2;
    let length = token & 15;
    if (length === 15) {
      let more: number;
      do length += more = input[at++];
      while (more === 255);
    }
    length += MIN_MATCH;
    if (distance === 0 || distance > to) throw new RangeError('LZ4 match before the start');
    if (distance >= length) output.copyWithin(to, to - distance, to - distance + length);
    else for (let i = 0; i < length; i++) output[to + i] = output[to + i - distance];
    to += length;
  }
  return to;
}
