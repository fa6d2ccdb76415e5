import { isValid, writeBytes } from '../../../columns/native.ts';
import { repeatBits } from '../../bits.ts';
import type { Conversion } from './conversions.ts';
import { writeValidity, type ReadField } from './values.ts';

/**
 * Numbers, dates and times. They are copied unchanged, or converted where DuckDB's format differs. `most` is
 * the largest valid value of an int64 type whose values start at 0: larger values are reported as damaged,
 * because DuckDB does not check that a time lies within a day.
 */
export const fixedWidth =
  (width: number, conversion?: Conversion, most?: bigint): ReadField =>
  (cursor) => {
    const { buffers } = cursor;
    const [validity, data] = [cursor.validity(), cursor.buffer()];
    return {
      write(target, at, start, count, parent) {
        const bytes = buffers.bytes(data, start * width, (start + count) * width);
        const converted = conversion ? conversion.convert(bytes, count) : bytes;
        const valid = validity.bits(start, count, parent);
        if (most !== undefined && !isWithin(converted, count, most, valid)) throw buffers.damaged();
        writeBytes(target, at * (conversion?.width ?? width), converted);
        writeValidity(target, at, count, valid);
      },
      check: (count) => validity.check(data, count, 8 * width),
    };
  };

/** Booleans. Arrow packs eight per byte; DuckDB stores one. */
export const booleans: ReadField = (cursor) => {
  const { buffers } = cursor;
  const [validity, data] = [cursor.validity(), cursor.buffer()];
  return {
    write(target, at, start, count, parent) {
      const bits = buffers.bits(data, start, count);
      writeBytes(
        target,
        at,
        Uint8Array.from({ length: count }, (_, i) => (bits[i >> 3] >> (i & 7)) & 1),
      );
      writeValidity(target, at, count, validity.bits(start, count, parent));
    },
    check: (count) => validity.check(data, count, 1),
  };
};

/** Arrow's null type: no data, every value is NULL. */
export const nulls: ReadField = (cursor) => {
  cursor.skipNode();
  return {
    write: (target, at, _, count) =>
      writeValidity(target, at, count, repeatBits(new Uint8Array(1), 1, count)),
    check: (count) => cursor.buffers.checkCount(count),
  };
};

/** Returns true when all values that are not NULL are in [0, most]. */
function isWithin(bytes: Uint8Array, count: number, most: bigint, valid: Uint8Array | undefined): boolean {
  const values = new BigInt64Array(bytes.buffer, bytes.byteOffset, count);
  return values.every((value, i) => (value >= 0n && value <= most) || !isValid(valid, i));
}
