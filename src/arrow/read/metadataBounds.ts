/**
 * Checks that the tables and vectors of Arrow's FlatBuffers lie within their bytes, before a decoder believes the lengths
 * it finds there: one wrong word may speak of two thousand million entries. Follows the FlatBuffers binary format
 * (https://flatbuffers.dev/internals/) for the tables of Arrow's Message.fbs, Schema.fbs and File.fbs.
 */

/** What is at a field of a table; fields that hold plain numbers need no check. */
type Shape =
  /** A vector of structs or numbers of so many bytes. */
  { readonly vectorOf: number } | { readonly table: () => Table } | { readonly tables: () => Table };

/** By number of the field. */
type Table = Readonly<Record<number, Shape>>;

const STRING: Shape = { vectorOf: 1 };
const KEY_VALUE: Table = { 0: STRING, 1: STRING };
const KEY_VALUES: Shape = { tables: () => KEY_VALUE };
const FIELD: Table = { 0: STRING, 5: { tables: () => FIELD }, 6: KEY_VALUES };
const SCHEMA: Table = { 1: { tables: () => FIELD }, 2: KEY_VALUES, 3: { vectorOf: 8 } };
const RECORD_BATCH: Table = { 1: { vectorOf: 16 }, 2: { vectorOf: 16 }, 4: { vectorOf: 8 } };
const DICTIONARY_BATCH: Table = { 1: { table: () => RECORD_BATCH } };
const FOOTER: Table = {
  1: { table: () => SCHEMA },
  2: { vectorOf: 24 },
  3: { vectorOf: 24 },
  4: KEY_VALUES,
};
/** By the `header_type` of a message. */
const HEADERS: Readonly<Record<number, Table>> = { 1: SCHEMA, 2: DICTIONARY_BATCH, 3: RECORD_BATCH };
const HEADER_TYPE = 1;
const HEADER = 2;

/** @throws RangeError when something in a message's metadata lies outside of its bytes. */
export function checkMessage(bytes: Uint8Array): void {
  const reader = new BoundedReader(bytes);
  const message = reader.root();
  reader.check(message, { 4: KEY_VALUES });
  const type = reader.field(message, HEADER_TYPE);
  const header = HEADERS[type === undefined ? 0 : reader.byte(type)];
  if (header) reader.check(message, { [HEADER]: { table: () => header } });
}

/** The same for the footer of a file. @throws RangeError. */
export function checkFooter(bytes: Uint8Array): void {
  const reader = new BoundedReader(bytes);
  reader.check(reader.root(), FOOTER);
}

class BoundedReader {
  readonly #view: DataView;
  /** Tables that may still be visited: each takes bytes of its own, unless they refer to each other in circles. */
  #visits: number;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#visits = bytes.length;
  }

  root(): number {
    return this.#view.getUint32(0, true);
  }

  byte(at: number): number {
    return this.#view.getUint8(at);
  }

  /** Where a field of a table is; undefined when the table leaves it out. */
  field(table: number, number: number): number | undefined {
    const layout = table - this.#view.getInt32(table, true);
    const entry = 4 + 2 * number;
    if (entry >= this.#view.getUint16(layout, true)) return undefined;
    const offset = this.#view.getUint16(layout + entry, true);
    return offset === 0 ? undefined : table + offset;
  }

  check(table: number, shapes: Table): void {
    if (--this.#visits < 0) throw new RangeError('tables refer to each other in circles');
    for (const [number, shape] of Object.entries(shapes)) {
      const at = this.field(table, Number(number));
      if (at === undefined) continue;
      const target = this.#follow(at);
      if ('table' in shape) this.check(target, shape.table());
      else if ('tables' in shape) {
        const length = this.#length(target, 4);
        for (let i = 0; i < length; i++) this.check(this.#follow(target + 4 + 4 * i), shape.tables());
      } else this.#length(target, shape.vectorOf);
    }
  }

  #follow(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  /** Entries of a vector, `width` bytes each. */
  #length(vector: number, width: number): number {
    const length = this.#view.getUint32(vector, true);
    if (vector + 4 + length * width > this.#view.byteLength)
      throw new RangeError(`a vector of ${length} entries in ${this.#view.byteLength} bytes`);
    return length;
  }
}
