import type { RangeFile } from '../../files/rangeFile.ts';
import {
  addDictionary,
  notArrow,
  readMessage,
  type BatchMessage,
  type Dictionaries,
  type IpcContents,
} from './messages.ts';

/** An IPC stream: the schema, then dictionaries and batches in the order they are used. A dictionary may be replaced half-way. */
export function openStream(file: RangeFile): IpcContents {
  const first = readMessage(file, 0);
  if (!first?.message.isSchema()) throw notArrow(file);
  return { schema: first.message.header(), batches: () => batchesFrom(file, first.end) };
}

function batchesFrom(file: RangeFile, start: number): BatchMessage[] {
  const batches: BatchMessage[] = [];
  let dictionaries: Dictionaries = new Map();
  for (let located = readMessage(file, start); located; located = readMessage(file, located.end)) {
    const { message, body } = located;
    if (message.isRecordBatch()) batches.push({ header: message.header(), body, dictionaries });
    else dictionaries = addDictionary(dictionaries, located);
  }
  return batches;
}
