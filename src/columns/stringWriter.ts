import duckdb from '@duckdb/node-bindings';
import { ENTRY_BYTES, ENTRY_WORDS, HIGH_WORD, INLINE_BYTES } from './stringReader.ts';

/** If the strings exceed this many bytes in total, each is passed to DuckDB separately. */
const MAX_BYTES = 2 ** 24;

/** String i occupies `bytes[i]` bytes of page `page[i]` from `start[i]` on. −1 bytes mean NULL. */
export interface StringPlaces {
  readonly pages: readonly Uint8Array[];
  readonly page: Int32Array;
  readonly start: Int32Array;
  readonly bytes: Int32Array;
}

let entries = new Uint8Array(0);
let words = new Uint32Array(0);
let joined = new Uint8Array(0);

/**
 * Writes strings to the first `count` rows of a vector with few native calls. Strings too long for their
 * entry are joined into one string in the vector's memory, and their entries point into it. `rowOf` maps a
 * row of the vector to a string. The caller sets NULLs.
 */
export function writeStrings(
  vector: duckdb.Vector,
  count: number,
  places: StringPlaces,
  rowOf: (i: number) => number,
): void {
  reserveEntries(count);
  const total = longBytes(count, places, rowOf);
  if (total > MAX_BYTES) {
    writeOneByOne(vector, count, places, rowOf);
    return;
  }
  if (total > joined.length) joined = new Uint8Array(total * 2);
  const { pages, page, start, bytes } = places;
  words.fill(0, 0, count * ENTRY_WORDS);
  for (let i = 0, used = 0; i < count; i++) {
    const row = rowOf(i);
    const length = bytes[row];
    if (length < 0) continue;
    words[i * ENTRY_WORDS] = length;
    const at = i * ENTRY_BYTES + 4;
    if (length <= INLINE_BYTES) {
      copy(pages[page[row]], start[row], length, entries, at);
      continue;
    }
    copy(pages[page[row]], start[row], length, joined, used);
    // The entry repeats the first four bytes of the string. The offset is replaced by the address once it is
    // known.
    for (let b = 0; b < 4; b++) entries[at + b] = joined[used + b];
    words[i * ENTRY_WORDS + 2] = used;
    used += length;
  }
  if (total > 0) addAddress(count, storeAsOne(vector, joined.subarray(0, total)));
  duckdb.copy_data_to_vector(vector, 0, entries.buffer, 0, count * ENTRY_BYTES);
}

/** Writes strings of `length` bytes each, joined in `text`, to the first `count` rows of a vector. */
export function writeEqualStrings(
  vector: duckdb.Vector,
  count: number,
  text: Uint8Array,
  length: number,
): void {
  reserveEntries(count);
  words.fill(0, 0, count * ENTRY_WORDS);
  for (let i = 0; i < count; i++) {
    words[i * ENTRY_WORDS] = length;
    const isInline = length <= INLINE_BYTES;
    copy(text, i * length, isInline ? length : 4, entries, i * ENTRY_BYTES + 4);
    if (!isInline) words[i * ENTRY_WORDS + 2] = i * length;
  }
  if (length > INLINE_BYTES) addAddress(count, storeAsOne(vector, text.subarray(0, count * length)));
  duckdb.copy_data_to_vector(vector, 0, entries.buffer, 0, count * ENTRY_BYTES);
}

/** Replaces the offsets in the entries by addresses. */
function addAddress(count: number, base: number): void {
  for (let entry = 0; entry < count * ENTRY_WORDS; entry += ENTRY_WORDS) {
    if (words[entry] <= INLINE_BYTES) continue;
    const address = base + words[entry + 2];
    words[entry + 2] = address % HIGH_WORD;
    words[entry + 3] = address / HIGH_WORD;
  }
}

function reserveEntries(count: number): void {
  if (entries.length >= count * ENTRY_BYTES) return;
  entries = new Uint8Array(count * ENTRY_BYTES);
  words = new Uint32Array(entries.buffer);
}

/** Total bytes of the strings that do not fit in their entries. */
function longBytes(count: number, { bytes }: StringPlaces, rowOf: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) {
    const length = bytes[rowOf(i)];
    if (length > INLINE_BYTES) total += length;
  }
  return total;
}

/** Stores one string in the vector and returns its address, which fits exactly in a number. */
function storeAsOne(vector: duckdb.Vector, text: Uint8Array): number {
  duckdb.vector_assign_string_element_len(vector, 0, text);
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, ENTRY_BYTES);
  const entry = new Uint32Array(buffer, byteOffset, ENTRY_WORDS);
  return entry[2] + entry[3] * HIGH_WORD;
}

function writeOneByOne(
  vector: duckdb.Vector,
  count: number,
  { pages, page, start, bytes }: StringPlaces,
  rowOf: (i: number) => number,
): void {
  for (let i = 0; i < count; i++) {
    const row = rowOf(i);
    if (bytes[row] < 0) continue;
    const value = pages[page[row]].subarray(start[row], start[row] + bytes[row]);
    duckdb.vector_assign_string_element_len(vector, i, value);
  }
}

/** Copies bytes. For a few bytes, a loop is faster than a call. */
function copy(source: Uint8Array, from: number, length: number, target: Uint8Array, to: number): void {
  if (length > 128) target.set(source.subarray(from, from + length), to);
  else for (let i = 0; i < length; i++) target[to + i] = source[from + i];
}
