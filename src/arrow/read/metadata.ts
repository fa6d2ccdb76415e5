import { createRequire } from 'node:module';
import type { Schema } from 'apache-arrow';

type Message = ReturnType<(typeof import('apache-arrow'))['Message']['decode']>;

/** The position of a message in a file. */
interface Block {
  readonly offset: number;
}

/** The contents of a file's footer. */
export interface Footer {
  readonly schema: Schema;
  readonly dictionaries: readonly Block[];
  readonly batches: readonly Block[];
}

const require = createRequire(import.meta.url);
let library: typeof import('apache-arrow') | undefined;

/** Loads apache-arrow at the first Arrow file. A bind callback cannot await an import. */
export function arrowLibrary(): typeof import('apache-arrow') {
  return (library ??= require('apache-arrow') as typeof import('apache-arrow'));
}

/** Decodes the metadata of a message. @throws Error when it is damaged. */
export function decodeMessage(bytes: Uint8Array): Message {
  const { Message } = arrowLibrary();
  return bounded(bytes, () => {
    const message = Message.decode(bytes);
    message.header();
    return message;
  });
}

/** Decodes the footer of a file. @throws Error when it is damaged. */
export function decodeFooter(bytes: Uint8Array): Footer {
  // The footer decoder needs the other modules to be loaded.
  arrowLibrary();
  const { Footer } =
    require('apache-arrow/ipc/metadata/file') as typeof import('apache-arrow/ipc/metadata/file');
  return bounded(bytes, () => {
    const footer = Footer.decode(bytes);
    const { schema } = footer;
    return { schema, dictionaries: [...footer.dictionaryBatches()], batches: [...footer.recordBatches()] };
  });
}

/** Maximum vector entries per byte of metadata. If there are more, tables refer to each other in circles. */
const MAX_PER_BYTE = 8;

/**
 * Decodes metadata and checks the lengths of vectors, which FlatBuffers does not: one damaged word could
 * claim two thousand million entries. Lengths that `bytes` cannot hold throw an error.
 */
function bounded<T>(bytes: Uint8Array, decode: () => T): T {
  const prototype = (buffers ??= flatBuffers());
  const { __vector_len: believed } = prototype as { __vector_len: (offset: number) => number };
  let entries = 0;
  const checked = function (this: unknown, offset: number): number {
    const length = believed.call(this, offset);
    entries += length;
    if (length < 0 || length > bytes.length || entries > MAX_PER_BYTE * bytes.length)
      throw new RangeError(`a vector of ${length} entries in ${bytes.length} bytes`);
    return length;
  };
  try {
    Object.assign(prototype, { __vector_len: checked });
    return decode();
  } finally {
    Object.assign(prototype, { __vector_len: believed });
  }
}

let buffers: object | undefined;

/** The prototype of apache-arrow's FlatBuffers reader. */
function flatBuffers(): object {
  const requireOfArrow = createRequire(require.resolve('apache-arrow'));
  return (requireOfArrow('flatbuffers') as { ByteBuffer: { prototype: object } }).ByteBuffer.prototype;
}
