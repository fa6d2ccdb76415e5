import type { Schema } from 'apache-arrow';
import { invalidInputError } from '../../errors.ts';
import { arrowLibrary } from './arrowLibrary.ts';
import type { RangeFile } from '../../files/rangeFile.ts';
import { checkMessage } from './metadataBounds.ts';

/** What a record batch's metadata says about its body. */
export interface BatchHeader {
  readonly length: number;
  /** Per field, depth first. */
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[];
  /** Byte ranges of the body, depth first. */
  readonly buffers: readonly { readonly offset: number; readonly length: number }[];
  readonly variadicBufferCounts: readonly number[];
  /** `type` 0 is LZ4 frames, 1 is Zstandard. */
  readonly compression: { readonly type: number } | null;
}

/** A message with rows: a record batch, or the values of a dictionary. */
export interface BodyMessage {
  readonly header: BatchHeader;
  /** Where the body begins in the file. */
  readonly body: number;
}

/** A record batch and the dictionaries it refers to, by id; a dictionary may come in parts. */
export interface BatchMessage extends BodyMessage {
  readonly dictionaries: Dictionaries;
}

export type Dictionaries = ReadonlyMap<number, readonly BodyMessage[]>;

/** What a file or stream holds. */
export interface IpcContents {
  readonly schema: Schema;
  /** The record batches, metadata only. @throws NearduckError (Invalid Input Error) when the file is cut off. */
  batches(): BatchMessage[];
}

type Message = ReturnType<ReturnType<typeof arrowLibrary>['Message']['decode']>;

/** A message and where its body begins and ends. */
export interface Located {
  readonly message: Message;
  readonly body: number;
  readonly end: number;
}

const CONTINUATION = 0xffffffff;

/** The message at byte `at`; undefined at the end of a stream. @throws NearduckError (Invalid Input Error). */
export function readMessage(file: RangeFile, at: number): Located | undefined {
  if (at + 4 > file.size) return undefined;
  const prefix = file.read(at, Math.min(at + 8, file.size));
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  // Before Arrow 0.15 there was no continuation mark.
  const marked = view.getUint32(0, true) === CONTINUATION;
  const length = marked && prefix.length === 8 ? view.getInt32(4, true) : view.getInt32(0, true);
  if (length === 0) return undefined;
  const start = at + (marked ? 8 : 4);
  const body = start + length;
  if (length < 0 || body > file.size) throw at === 0 ? notArrow(file) : cutOff(file);
  const message = decode(file, start, body);
  const end = body + message.bodyLength;
  if (end > file.size) throw cutOff(file);
  return { message, body, end };
}

/** The dictionaries known after one more message of them. */
export function addDictionary(known: Dictionaries, { message, body }: Located): Dictionaries {
  if (!message.isDictionaryBatch()) return known;
  const { id, data, isDelta } = message.header();
  const before = isDelta ? (known.get(id) ?? []) : [];
  return new Map(known).set(id, [...before, { header: data, body }]);
}

function decode(file: RangeFile, start: number, end: number): Message {
  const bytes = file.read(start, end);
  try {
    checkMessage(bytes);
    const message = arrowLibrary().Message.decode(bytes);
    message.header();
    return message;
  } catch (cause) {
    throw invalidInputError(
      `read_arrow: '${file.path}' is not Arrow IPC, is damaged, or has a type not known here${unknownType(cause)}`,
    );
  }
}

/** The type that apache-arrow does not know; what else it says of damaged bytes is about its own insides. */
export function unknownType(cause: unknown): string {
  const { message } = cause as Error;
  return message.startsWith('Unrecognized type') ? ` (${message})` : '';
}

export const notArrow = (file: RangeFile): Error =>
  invalidInputError(
    `read_arrow: '${file.path}' is not an Arrow IPC file or stream (.arrow, .arrows, .feather version 2)`,
  );

export const cutOff = (file: RangeFile): Error =>
  invalidInputError(`read_arrow: '${file.path}' is cut off: it ends before its last message does`);
