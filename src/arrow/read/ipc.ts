import type { Schema } from 'apache-arrow';
import { invalidInputError } from '../../errors.ts';
import type { RangeFile } from '../../files/rangeFile.ts';
import { decodeFooter, decodeMessage, type Footer } from './metadata.ts';

/** The metadata of a record batch. */
interface BatchHeader {
  readonly length: number;
  /** One node per field, depth first. */
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[];
  /** Byte ranges of the body, depth first. */
  readonly buffers: readonly { readonly offset: number; readonly length: number }[];
  readonly variadicBufferCounts: readonly number[];
  /** `type` 0 is LZ4 frames, 1 is Zstandard. */
  readonly compression: { readonly type: number } | null;
}

/** A message with rows: a record batch, or a dictionary batch. */
export interface BodyMessage {
  readonly header: BatchHeader;
  /** The byte of the file at which the body starts. */
  readonly body: number;
}

/** A record batch and its dictionaries by id. A dictionary can consist of several messages. */
export interface BatchMessage extends BodyMessage {
  readonly dictionaries: Dictionaries;
}

type Dictionaries = ReadonlyMap<number, readonly BodyMessage[]>;

/** The contents of a file or stream. */
export interface IpcContents {
  readonly schema: Schema;
  /** @throws NearduckError (Invalid Input Error) when the file is truncated. */
  batches(): BatchMessage[];
}

/** A message, and the bytes at which its body starts and ends. */
interface Located {
  readonly message: ReturnType<typeof decodeMessage>;
  readonly body: number;
  readonly end: number;
}

/** The magic bytes at the start and end of a file. Streams have none. */
const MAGIC = 'ARROW1';
/** The magic bytes of Feather version 1, which is a different format. */
const FEATHER_1 = 'FEA1';
/** Precedes the length of each message. */
const CONTINUATION = 0xffffffff;

/**
 * Opens an Arrow file or stream. Format: https://arrow.apache.org/docs/format/Columnar.html#format-ipc
 * @throws NearduckError (Invalid Input Error) for other files and damaged ones.
 */
export function openIpc(file: RangeFile): IpcContents {
  const start = latin1(file, 0, Math.min(MAGIC.length, file.size));
  if (start === MAGIC) return openFile(file);
  if (!start.startsWith(FEATHER_1)) return openStream(file);
  throw invalidInputError(
    `read_arrow: '${file.path}' is Feather version 1; write it again as version 2, which is Arrow IPC`,
  );
}

/** Opens an IPC file. Its footer lists dictionaries, which do not change within the file, and batches. */
function openFile(file: RangeFile): IpcContents {
  const { schema, dictionaries: blocks, batches } = readFooter(file);
  const read = ({ offset }: { readonly offset: number }): Located => {
    const located = readMessage(file, offset);
    if (!located) throw cutOff(file);
    return located;
  };
  return {
    schema,
    batches() {
      const dictionaries = blocks.map(read).reduce<Dictionaries>(addDictionary, new Map());
      return batches.map((block) => {
        const { message, body } = read(block);
        if (!message.isRecordBatch()) throw cutOff(file);
        return { header: message.header(), body, dictionaries };
      });
    },
  };
}

function readFooter(file: RangeFile): Footer {
  const end = file.size - MAGIC.length;
  if (end < MAGIC.length + 4 || latin1(file, end, file.size) !== MAGIC) throw cutOff(file);
  const length = viewOf(file.read(end - 4, end)).getInt32(0, true);
  if (length <= 0 || length > end - 4 - MAGIC.length) throw cutOff(file);
  const bytes = file.read(end - 4 - length, end - 4);
  return decoded(() => decodeFooter(bytes), `'${file.path}' has a damaged footer, or a type not known here`);
}

/** Opens an IPC stream: the schema, then dictionaries, which later ones can replace, and batches. */
function openStream(file: RangeFile): IpcContents {
  const first = readMessage(file, 0);
  if (!first?.message.isSchema()) throw notArrow(file);
  return {
    schema: first.message.header(),
    batches() {
      const batches: BatchMessage[] = [];
      let dictionaries: Dictionaries = new Map();
      for (let at = first.end, located; (located = readMessage(file, at)); at = located.end) {
        const { message, body } = located;
        if (message.isRecordBatch()) batches.push({ header: message.header(), body, dictionaries });
        else dictionaries = addDictionary(dictionaries, located);
      }
      return batches;
    },
  };
}

/** Reads the message at byte `at`. Returns undefined at the end of a stream. */
function readMessage(file: RangeFile, at: number): Located | undefined {
  if (at + 4 > file.size) return undefined;
  const prefix = viewOf(file.read(at, Math.min(at + 8, file.size)));
  // Before Arrow 0.15, messages had no continuation marker.
  const marked = prefix.getUint32(0, true) === CONTINUATION;
  const length = prefix.getInt32(marked && prefix.byteLength === 8 ? 4 : 0, true);
  if (length === 0) return undefined;
  const start = at + (marked ? 8 : 4);
  const body = start + length;
  if (length < 0 || body > file.size) throw at === 0 ? notArrow(file) : cutOff(file);
  const bytes = file.read(start, body);
  const message = decoded(
    () => decodeMessage(bytes),
    `'${file.path}' is not Arrow IPC, is damaged, or has a type not known here`,
  );
  const end = body + message.bodyLength;
  if (end > file.size) throw cutOff(file);
  return { message, body, end };
}

/** Returns the dictionaries after reading one more dictionary message. */
function addDictionary(known: Dictionaries, { message, body }: Located): Dictionaries {
  if (!message.isDictionaryBatch()) return known;
  const { id, data, isDelta } = message.header();
  const before = isDelta ? (known.get(id) ?? []) : [];
  return new Map(known).set(id, [...before, { header: data, body }]);
}

/** Decodes metadata. Replaces apache-arrow's errors, except for a type that it does not know. */
function decoded<T>(decode: () => T, what: string): T {
  try {
    return decode();
  } catch (cause) {
    const { message } = cause as Error;
    const type = message.startsWith('Unrecognized type') ? ` (${message})` : '';
    throw invalidInputError(`read_arrow: ${what}${type}`);
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

const latin1 = (file: RangeFile, start: number, end: number): string =>
  Buffer.from(file.read(start, end)).toString('latin1');

const notArrow = (file: RangeFile): Error =>
  invalidInputError(
    `read_arrow: '${file.path}' is not an Arrow IPC file or stream (.arrow, .arrows, .feather version 2)`,
  );

const cutOff = (file: RangeFile): Error =>
  invalidInputError(`read_arrow: '${file.path}' is truncated: it ends inside its last message`);
