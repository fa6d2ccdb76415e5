import { invalidInputError } from '../errors.ts';

/** A two-dimensional array of floats, as described by a .npy header. */
export interface NpyHeader {
  readonly rows: number;
  /** Elements per row. */
  readonly dim: number;
  /** Bytes per element. */
  readonly width: 2 | 4 | 8;
  readonly bigEndian: boolean;
  /** True when the elements are stored column by column (Fortran order). */
  readonly byColumn: boolean;
  /** The byte at which the elements start. */
  readonly start: number;
}

const MAGIC = '\x93NUMPY';
/** Maximum number of bytes before the text of a header. */
const PREFIX = 12;
/** Maximum bytes of header text. A plain array has about 120, and NumPy itself refuses more than 10,000. */
const MAX_TEXT = 10_000;
/** Reading this many bytes from the start of an array is enough for its header. */
export const HEADER_BYTES = PREFIX + MAX_TEXT;
/** The largest size of a DuckDB ARRAY. */
const MAX_ELEMENTS = 100_000;

/**
 * Reads the header of an array of `size` bytes. `head` holds its first HEADER_BYTES bytes, or all of them.
 * `name` identifies the array in errors. Format:
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @throws NearduckError (Invalid Input Error) if it is not a two-dimensional array of floats, or is
 * truncated.
 */
export function parseHeader(name: string, head: Uint8Array, size: number): NpyHeader {
  const { text, start } = headerText(name, head);
  const fields = parseFields(text);
  if (!fields) throw invalidInputError(`read_npy: ${name} has a damaged header`);
  const { width, bigEndian } = elementType(name, fields.descr);
  const [rows, dim] = shapeOf(name, fields.shape);
  // Dividing avoids an overflow: a damaged header can contain any numbers.
  if (rows > Math.floor((size - start) / (dim * width))) {
    throw invalidInputError(
      `read_npy: ${name} is truncated: its header declares ${rows} rows of ${dim} elements, but only ` +
        `${size - start} bytes follow`,
    );
  }
  return { rows, dim, width, bigEndian, byColumn: fields.byColumn, start };
}

function headerText(name: string, head: Uint8Array): { text: string; start: number } {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length < PREFIX || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw invalidInputError(`read_npy: ${name} is not a NumPy array (.npy)`);
  const [major, minor] = [bytes[6], bytes[7]];
  if (major < 1 || major > 3 || minor !== 0) {
    throw invalidInputError(
      `read_npy: ${name} has version ${major}.${minor} of the format; only 1.0, 2.0 and 3.0 are ` +
        'supported; save it again with np.save',
    );
  }
  const from = major === 1 ? 10 : PREFIX;
  const length = major === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  if (length > MAX_TEXT || from + length > bytes.length) {
    const isLong = length > MAX_TEXT;
    throw invalidInputError(
      `read_npy: ${name} ${isLong ? `has a header of ${length} bytes, more than the ${MAX_TEXT} that NumPy accepts` : 'is truncated'}`,
    );
  }
  const text = bytes.toString(major === 3 ? 'utf8' : 'latin1', from, from + length);
  return { text, start: from + length };
}

interface Fields {
  /** Undefined for a structured type. */
  readonly descr: string | undefined;
  readonly byColumn: boolean;
  readonly shape: readonly number[];
}

/** One `'key': value,` of the dictionary. A `[` starts the description of a structured type. */
const FIELD = /\s*'(descr|fortran_order|shape)'\s*:\s*(?:'([^']*)'|(True|False)|\(([\d\sL,]*)\)|(\[))\s*,?/gy;

/** Parses the header, a Python dictionary. Returns undefined unless it has exactly these three keys. */
function parseFields(text: string): Fields | undefined {
  const [, inner = ''] = /^\s*\{([^]*)\}\s*$/.exec(text) ?? [];
  const fields = [...inner.matchAll(FIELD)];
  if (fields.some(([, key, , , , list]) => key === 'descr' && list !== undefined))
    return { descr: undefined, byColumn: false, shape: [] };
  const valueOf = (name: string, group: number): string | undefined =>
    fields.findLast(([, key]) => key === name)?.[group];
  const [descr, flag, numbers] = [valueOf('descr', 2), valueOf('fortran_order', 3), valueOf('shape', 4)];
  const shape = numbers === undefined ? undefined : parseShape(numbers);
  const isWhole =
    fields
      .map(([field]) => field)
      .join('')
      .trimEnd() === inner.trimEnd();
  return isWhole && descr !== undefined && flag !== undefined && shape
    ? { descr, byColumn: flag === 'True', shape }
    : undefined;
}

/** Parses `3, 4` or `3,`. Python 2 wrote `3L`. */
function parseShape(text: string): number[] | undefined {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  return parts.every((part) => /^\d+L?$/.test(part)) ? parts.map((part) => parseInt(part, 10)) : undefined;
}

/** NumPy's kinds of elements that are not floats. */
const KINDS: Readonly<Record<string, string>> = {
  b: 'booleans',
  i: 'integers',
  u: 'unsigned integers',
  c: 'complex numbers',
  f: 'floats',
  m: 'durations',
  M: 'dates',
  S: 'bytes',
  a: 'bytes',
  U: 'text',
  V: 'raw bytes, as NumPy writes bfloat16,',
};

function elementType(name: string, descr: string | undefined): Pick<NpyHeader, 'width' | 'bigEndian'> {
  if (descr === undefined) {
    throw invalidInputError(
      `read_npy: ${name} is a structured array, of named fields; save the field with the embeddings by ` +
        `itself: np.save('x.npy', a['embedding'])`,
    );
  }
  const type = /^([<>=|]?)([a-zA-Z])(\d*)/.exec(descr);
  const [, order, kind, bytes] = type ?? [];
  if (kind === 'O') {
    throw invalidInputError(
      `read_npy: ${name} is an array of Python objects (pickle), which is never read; save the rows as ` +
        `one array: np.save('x.npy', np.stack(a).astype('float32'))`,
    );
  }
  const width = Number(bytes);
  if (kind === 'f' && descr === type![0] && (width === 2 || width === 4 || width === 8))
    return { width, bigEndian: order === '>' };
  throw invalidInputError(
    `read_npy: ${name} holds ${kind === undefined ? '' : `${KINDS[kind] ?? 'values'} of `}type '${descr}'; ` +
      `float16, float32 and float64 can be read: save it again with a.astype('float32')`,
  );
}

function shapeOf(name: string, shape: readonly number[]): readonly [number, number] {
  const text = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  if (shape.length !== 2) {
    throw invalidInputError(
      `read_npy: ${name} has ${shape.length} ${shape.length === 1 ? 'dimension' : 'dimensions'}, shape ` +
        `${text}, but must have two: rows and elements; save it again with a.reshape(len(a), -1)`,
    );
  }
  const [rows, dim] = shape;
  if (!Number.isSafeInteger(rows) || dim < 1 || dim > MAX_ELEMENTS) {
    throw invalidInputError(
      `read_npy: ${name} has the shape ${text}; rows must have 1 to ${MAX_ELEMENTS} elements`,
    );
  }
  return [rows, dim];
}
