import { constants, inflateRawSync } from 'node:zlib';
import { binderError, invalidInputError } from '../errors.ts';
import { RangeFile, type Ranges } from '../files/rangeFile.ts';
import { HEADER_BYTES, parseHeader, type NpyHeader } from './header.ts';
import { inflateToFile, type InflateOptions } from './inflateToFile.ts';
import { dataStart, isZip, zipMembers, type ZipMember } from './zip.ts';

/** An array in a file. Its header has been read, its elements have not. */
export interface NpyArray {
  /** The array's name in errors: `'x.npy'`, or `array 'a' of 'x.npz'`. */
  readonly name: string;
  readonly header: NpyHeader;
  /** Opens the elements, at byte `offset + header.start` of `ranges`. Inflates a compressed array. */
  open(options: InflateOptions): Promise<{ readonly ranges: Ranges; readonly offset: number }>;
}

/** Compressed bytes to read for a header. They inflate to at most 16 MiB. */
const PACKED_HEADER_BYTES = 2 ** 14;

/**
 * Opens the array of a `.npy` file, or array `array` of a `.npz` file. The name can be omitted when there is
 * only one.
 * @throws NearduckError (Invalid Input Error) when the file cannot be read as an array, or (Binder Error)
 * when there is no array of this name.
 */
export function npyArray(path: string, array: string | undefined): NpyArray {
  const file = new RangeFile('read_npy', path);
  const head = file.read(0, Math.min(HEADER_BYTES, file.size));
  if (isZip(head)) return memberArray(file, findMember(file, array));
  const name = `'${path}'`;
  if (array !== undefined)
    throw binderError(
      `read_npy: ${name} is one array; leave out array_name := '${array}', which is for .npz files`,
    );
  const header = parseHeader(name, head, file.size);
  return { name, header, open: async () => ({ ranges: file, offset: 0 }) };
}

const EXTENSION = /\.npy$/;

function findMember(file: RangeFile, array: string | undefined): ZipMember {
  const members = zipMembers(file).filter(({ name }) => EXTENSION.test(name));
  const named = members.filter(({ name }) => name === array || name.replace(EXTENSION, '') === array);
  const found = array === undefined ? members : named;
  if (found.length === 1) return found[0];
  if (members.length === 0) throw invalidInputError(`read_npy: '${file.path}' has no arrays`);
  const names = members.slice(0, 20).map(({ name }) => `'${name.replace(EXTENSION, '')}'`);
  const more = members.length > names.length ? ', …' : '';
  throw binderError(
    `read_npy: '${file.path}' ${array === undefined ? 'has several arrays' : `has no array '${array}'`}; ` +
      `name one with array_name := '…': ${names.join(', ')}${more}`,
  );
}

function memberArray(file: RangeFile, member: ZipMember): NpyArray {
  const name = `array '${member.name.replace(EXTENSION, '')}' of '${file.path}'`;
  const start = dataStart(file, member);
  if (!member.isDeflated) {
    const head = file.read(start, start + Math.min(HEADER_BYTES, member.bytes));
    return {
      name,
      header: parseHeader(name, head, member.bytes),
      open: async () => ({ ranges: file, offset: start }),
    };
  }
  const packed = file.read(start, start + Math.min(PACKED_HEADER_BYTES, member.packedBytes));
  const header = parseHeader(name, inflateHead(name, packed), member.bytes);
  const open: NpyArray['open'] = async (options) => ({
    ranges: await inflateToFile({ name, file, start, member }, options),
    offset: 0,
  });
  return { name, header, open };
}

/** Inflates the first bytes of a compressed array. */
function inflateHead(name: string, packed: Uint8Array): Uint8Array {
  try {
    const bytes = inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
    return bytes.subarray(0, HEADER_BYTES);
  } catch (cause) {
    throw invalidInputError(`read_npy: ${name} is damaged: ${(cause as Error).message}`);
  }
}
