import { writeBytes } from '../../../columns/native.ts';
import { repeatBits } from '../../bits.ts';
import type { Conversion } from './conversions.ts';
import { writeValidity, type ReadField } from './values.ts';

/** Numbers, dates, times: copied as they are, or through a conversion where DuckDB keeps them otherwise. */
export const fixedWidth =
  (width: number, conversion?: Conversion): ReadField =>
  (cursor) => {
    const { buffers } = cursor;
    const [validity, data] = [cursor.validity(), cursor.buffer()];
    return {
      write(target, at, start, count, parent) {
        const bytes = buffers.bytes(data, start * width, (start + count) * width);
        const converted = conversion ? conversion.convert(bytes, count) : bytes;
        writeBytes(target, at * (conversion?.width ?? width), converted);
        writeValidity(target, at, count, validity.bits(start, count, parent));
      },
      check: (count) => validity.check(data, count, 8 * width),
    };
  };

/** Arrow packs eight booleans in a byte, DuckDB keeps one. */
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

/** Arrow's null type: no data, every value NULL. */
export const nulls: ReadField = (cursor) => {
  cursor.skipNode();
  return {
    write: (target, at, _, count) =>
      writeValidity(target, at, count, repeatBits(new Uint8Array(1), 1, count)),
    check: (count) => cursor.buffers.checkCount(count),
  };
};
