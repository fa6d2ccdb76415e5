import { invalidInputError } from '../../errors.ts';
import { decodeFooter, type Footer } from './arrowLibrary.ts';
import type { RangeFile } from '../../files/rangeFile.ts';
import { checkFooter } from './metadataBounds.ts';
import {
  addDictionary,
  cutOff,
  readMessage,
  unknownType,
  type BatchMessage,
  type Dictionaries,
  type IpcContents,
  type Located,
} from './messages.ts';

const MAGIC = 'ARROW1';
/** Feather version 1 is another format. */
const FEATHER_1 = 'FEA1';

/** True for the file format, which begins with a magic word. @throws NearduckError (Invalid Input Error) for Feather 1. */
export function isFileFormat(file: RangeFile): boolean {
  const start = latin1(file, 0, Math.min(MAGIC.length, file.size));
  if (start.startsWith(FEATHER_1)) {
    throw invalidInputError(
      `read_arrow: '${file.path}' is Feather version 1; write it again as version 2, which is Arrow IPC`,
    );
  }
  return start === MAGIC;
}

/** An IPC file: a footer at the end lists the dictionaries and batches, each of which has one meaning for the whole file. */
export function openFile(file: RangeFile): IpcContents {
  const footer = readFooter(file);
  return { schema: footer.schema, batches: () => batchesOf(file, footer) };
}

function readFooter(file: RangeFile): Footer {
  const end = file.size - MAGIC.length;
  if (end < MAGIC.length + 4 || latin1(file, end, file.size) !== MAGIC) throw cutOff(file);
  const word = file.read(end - 4, end);
  const length = new DataView(word.buffer, word.byteOffset, 4).getInt32(0, true);
  if (length <= 0 || length > end - 4 - MAGIC.length) throw cutOff(file);
  const bytes = file.read(end - 4 - length, end - 4);
  try {
    checkFooter(bytes);
    return decodeFooter(bytes);
  } catch (cause) {
    throw invalidInputError(
      `read_arrow: '${file.path}' has a damaged footer, or a type not known here${unknownType(cause)}`,
    );
  }
}

function batchesOf(file: RangeFile, footer: Footer): BatchMessage[] {
  const read = ({ offset }: { offset: number }): Located => {
    const located = readMessage(file, offset);
    if (!located) throw cutOff(file);
    return located;
  };
  let dictionaries: Dictionaries = new Map();
  for (const block of footer.dictionaryBatches()) dictionaries = addDictionary(dictionaries, read(block));
  return Array.from(footer.recordBatches(), (block) => {
    const { message, body } = read(block);
    if (!message.isRecordBatch()) throw cutOff(file);
    return { header: message.header(), body, dictionaries };
  });
}

const latin1 = (file: RangeFile, start: number, end: number): string =>
  Buffer.from(file.read(start, end)).toString('latin1');
