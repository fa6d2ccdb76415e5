import duckdb from '@duckdb/node-bindings';
import { clearBits } from '../../bits.ts';
import type { BatchBuffers } from '../batchBuffers.ts';
import type { FieldCursor } from '../fieldCursor.ts';

/** The values of one field in one record batch. They can be written to DuckDB vectors. */
export interface Values {
  /**
   * Writes values `start` to `start + count` to `target`, beginning at row `at`. `parent` has a 0 bit for
   * each value inside a NULL struct or array: DuckDB requires these values to be NULL too.
   */
  write(target: duckdb.Vector, at: number, start: number, count: number, parent?: Uint8Array): void;
  /** @throws NearduckError (Invalid Input Error) when the buffers cannot hold `count` values. */
  check(count: number): void;
}

/** Creates the values of a field. Takes its nodes and buffers from the cursor. */
export type ReadField = (cursor: FieldCursor) => Values;

/** Sets rows of a vector, beginning at row `at`, to NULL where `bits` are 0. */
export function writeValidity(
  target: duckdb.Vector,
  at: number,
  count: number,
  bits: Uint8Array | undefined,
): void {
  if (!bits) return;
  duckdb.vector_ensure_validity_writable(target);
  const first = at >> 3;
  const end = (at + count + 7) >> 3;
  const mask = new Uint8Array(duckdb.vector_get_validity(target, end).subarray(first, end));
  clearBits(mask, at & 7, bits);
  duckdb.copy_data_to_vector_validity(target, first, mask.buffer, 0, mask.byteLength);
}

/**
 * Reads the offsets of values `start` to `start + count`, one more than values. They have 64 bits when
 * `large`.
 * @throws NearduckError (Invalid Input Error) when they do not ascend.
 */
export function readOffsets(
  buffers: BatchBuffers,
  buffer: number,
  large: boolean,
  start: number,
  count: number,
): Float64Array {
  const width = large ? 8 : 4;
  // Arrow allows an empty batch to omit its offsets.
  if (count === 0) return new Float64Array(1);
  const bytes = buffers.bytes(buffer, start * width, (start + count + 1) * width);
  const offsets = large
    ? Float64Array.from(new BigInt64Array(bytes.buffer, bytes.byteOffset, count + 1), Number)
    : Float64Array.from(new Int32Array(bytes.buffer, bytes.byteOffset, count + 1));
  for (let i = 0; i < count; i++)
    if (!(offsets[i] >= 0 && offsets[i + 1] >= offsets[i])) throw buffers.damaged();
  return offsets;
}
