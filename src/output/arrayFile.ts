import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Arrays } from '../dedup/checkpoint.ts';
import { parseJson } from '../files/parseJson.ts';
import { writeWhole } from './writeDurably.ts';

/**
 * Arrays in one file: a line of JSON that names their types, lengths and checksum, filled up with blanks to a multiple of 8
 * bytes; then the arrays, each filled up to a multiple of 8 bytes.
 */
interface Header {
  readonly arrays: readonly { readonly name: string; readonly type: TypeName; readonly length: number }[];
  /** CRC-32 of `arrays` as JSON and of all that comes after. */
  readonly crc: number;
}

const TYPES = { float32: Float32Array, float64: Float64Array, int32: Int32Array };
type TypeName = keyof typeof TYPES;

const ALIGNMENT = 8;
const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Writes arrays so that all of them or none are there at any time; what a loss of power damages counts as none. */
export function writeArrays(path: string, arrays: Arrays, id: string): void {
  const entries = Object.entries(arrays);
  const pieces = entries
    .flatMap(([, { buffer, byteOffset, byteLength }]) => [
      new Uint8Array(buffer, byteOffset, byteLength),
      new Uint8Array(padded(byteLength) - byteLength),
    ])
    // The checksum of nothing begins anew.
    .filter(({ length }) => length > 0);
  const list = entries.map(([name, values]) => ({ name, type: typeOf(values), length: values.length }));
  const header: Header = {
    arrays: list,
    crc: pieces.reduce((crc, piece) => crc32(piece, crc), crc32(JSON.stringify(list))),
  };
  const line = JSON.stringify(header);
  writeWhole(path, [Buffer.from(`${line.padEnd(padded(line.length + 1) - 1)}\n`), ...pieces], id);
}

/** The arrays of a file; undefined when there is none, or it is damaged. */
export function readArrays(path: string): Arrays | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const end = bytes.indexOf('\n') + 1;
  const header = parseJson(bytes.toString('latin1', 0, end)) as Header | null | undefined;
  if (!header?.arrays || checksum(header.arrays, bytes.subarray(end)) !== header.crc) return undefined;
  const arrays: Record<string, Arrays[string]> = {};
  // Node's buffers begin where an array of doubles may.
  let at = bytes.byteOffset + end;
  for (const { name, type, length } of header.arrays) {
    arrays[name] = new TYPES[type](bytes.buffer as ArrayBuffer, at, length);
    at += padded(arrays[name].byteLength);
  }
  return arrays;
}

/** The checksum of nothing begins anew: without bytes, it is that of the list. */
const checksum = (list: Header['arrays'], bytes: Uint8Array): number =>
  bytes.length === 0 ? crc32(JSON.stringify(list)) : crc32(bytes, crc32(JSON.stringify(list)));

const typeOf = (values: Arrays[string]): TypeName =>
  (Object.keys(TYPES) as TypeName[]).find((name) => values instanceof TYPES[name])!;
