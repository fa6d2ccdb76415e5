import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { NamedArrays } from '../algorithms/checkpoint.ts';
import { parseJson } from '../files/parseJson.ts';
import { unlessMissing } from '../files/unlessMissing.ts';
import { writeWhole } from './writeDurably.ts';

/**
 * The header of a file of arrays: a line of JSON with their types, lengths and checksum, padded with blanks
 * to a multiple of 8 bytes. The arrays follow, each padded to a multiple of 8 bytes.
 */
interface Header {
  readonly arrays: readonly { readonly name: string; readonly type: TypeName; readonly length: number }[];
  /** CRC-32 of `arrays` as JSON and of everything after the header. */
  readonly crc: number;
}

const TYPES = { float32: Float32Array, float64: Float64Array, int32: Int32Array };
type TypeName = keyof typeof TYPES;

const ALIGNMENT = 8;
const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Writes arrays to a file atomically. One damaged by a loss of power is treated as missing. */
export function writeArrays(path: string, arrays: NamedArrays, id: string): void {
  const entries = Object.entries(arrays);
  const pieces = entries
    .flatMap(([, { buffer, byteOffset, byteLength }]) => [
      new Uint8Array(buffer, byteOffset, byteLength),
      new Uint8Array(padded(byteLength) - byteLength),
    ])
    // `crc32` of an empty array would restart the checksum.
    .filter(({ length }) => length > 0);
  const list = entries.map(([name, values]) => ({ name, type: typeOf(values), length: values.length }));
  const header: Header = {
    arrays: list,
    crc: pieces.reduce((crc, piece) => crc32(piece, crc), crc32(JSON.stringify(list))),
  };
  const line = JSON.stringify(header);
  writeWhole(path, [Buffer.from(`${line.padEnd(padded(line.length + 1) - 1)}\n`), ...pieces], id);
}

/** Reads the arrays of a file. Returns undefined when there is no file, or it is damaged. */
export function readArrays(path: string): NamedArrays | undefined {
  const bytes = unlessMissing(() => readFileSync(path));
  if (!bytes) return undefined;
  const end = bytes.indexOf('\n') + 1;
  const header = parseJson(bytes.toString('latin1', 0, end)) as Header | null | undefined;
  if (!header?.arrays || checksum(header.arrays, bytes.subarray(end)) !== header.crc) return undefined;
  const arrays: Record<string, NamedArrays[string]> = {};
  // Node's buffers start at an offset that is aligned for float64.
  let at = bytes.byteOffset + end;
  for (const { name, type, length } of header.arrays) {
    arrays[name] = new TYPES[type](bytes.buffer as ArrayBuffer, at, length);
    at += padded(arrays[name].byteLength);
  }
  return arrays;
}

/** `crc32` of no bytes would restart the checksum, so the checksum of the list is returned. */
const checksum = (list: Header['arrays'], bytes: Uint8Array): number =>
  bytes.length === 0 ? crc32(JSON.stringify(list)) : crc32(bytes, crc32(JSON.stringify(list)));

const typeOf = (values: NamedArrays[string]): TypeName =>
  (Object.keys(TYPES) as TypeName[]).find((name) => values instanceof TYPES[name])!;
