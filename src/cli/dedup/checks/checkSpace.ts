import { statfs } from 'node:fs/promises';
import { sizeText } from '../../../byteSize.ts';
import { ioRefusal } from '../../shell/refusal.ts';
import { memoryFor } from '../../../functions/context.ts';
import { firstLength, relationSource } from '../../../relation/readRelation.ts';
import { oneValue } from '../../../queryValues.ts';
import type { Relation } from '../../../relation/relation.ts';
import type { Session } from '../../../session/session.ts';
import { fromInput } from '../input/bindInput.ts';
import type { Input } from '../input/input.ts';
import type { DedupOptions } from '../options.ts';

/** The number of rows of Parquet files, from their footers. Undefined for other inputs. */
export async function knownRows({ connection }: Session, input: Input): Promise<number | undefined> {
  if (input.reader !== 'read_parquet') return undefined;
  return Number(await oneValue(connection, `SELECT count(*) FROM ${fromInput(input)}`));
}

/** Embeddings take at most this many times the bytes of their files: integers of 8 bits, made half as long. */
const MOST_GROWTH = 8;

/**
 * Checks that `folder` has room for the embeddings of `rows` rows that do not fit in memory.
 * Reads one of them, unless the files are so small that memory holds all.
 * @throws NearduckError (IO Error) when it has not, (Binder Error) for columns of other types.
 */
export async function checkSpace(
  { connection }: Session,
  relation: Relation,
  { id, embedding }: DedupOptions,
  { files }: Input,
  rows: number,
  folder: string,
): Promise<void> {
  const { store: memory } = await memoryFor({ connection, settings: connection.settings });
  const source = relationSource('dedup', relation, id, embedding);
  if (files.reduce((sum, { bytes }) => sum + bytes, 0) * MOST_GROWTH <= memory) return;
  const dim = await firstLength(source, { connection });
  if (dim === undefined) return;
  const { bavail, bsize } = await statfs(folder);
  const [bytes, free] = [rows * dim * 4, bavail * bsize];
  if (bytes - memory <= free) return;
  throw ioRefusal(
    `${rows.toLocaleString('en-US')} embeddings of ${dim} elements take ${sizeText(bytes)}; ` +
      `${sizeText(memory)} of them fit in the memory limit, and the others spill to a temporary file in ` +
      `'${folder}', where ${sizeText(free)} are free; free space there, raise --memory-limit, or cut the ` +
      'run into tasks with nearduck plan',
  );
}
