import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { openStream, type StatementOptions } from '../statementOptions.ts';
import { ioError, NearduckError } from '../errors.ts';
import { recordBatches, type BatchOptions } from './recordBatches.ts';

/** Options of an Arrow file to write. */
export interface WriteArrowOptions extends BatchOptions, StatementOptions {
  /** `file` (random access) or `stream`. Default: `stream` for the extension `.arrows`, otherwise `file`. */
  readonly format?: 'file' | 'stream';
}

/**
 * Runs `sql` and writes its rows to `path` as Arrow IPC, batch by batch. The file appears when it is
 * complete, and replaces an existing file.
 * @returns the number of rows.
 * @throws DuckDB's errors, the reason of the signal, or NearduckError (IO Error) when the file cannot be
 * written.
 */
export async function writeArrow(
  connection: DuckDBConnection,
  sql: string,
  path: string,
  options: WriteArrowOptions = {},
): Promise<number> {
  const arrow = await import('apache-arrow');
  const source = await recordBatches(await openStream(connection, sql, options), options);
  const format = options.format ?? (path.endsWith('.arrows') ? 'stream' : 'file');
  const writer =
    format === 'stream' ? new arrow.RecordBatchStreamWriter() : new arrow.RecordBatchFileWriter();
  const pieces: Uint8Array[] = [];
  const sink = new (class extends arrow.AsyncByteQueue {
    override write(piece: Uint8Array): void {
      pieces.push(piece);
    }
  })();
  let rows = 0;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    writer.reset(sink, source.schema);
    for await (const batch of source) {
      writer.write(batch);
      rows += batch.numRows;
      yield* pieces.splice(0);
    }
    writer.finish();
    yield* pieces.splice(0);
  }
  const aside = `${path}.${process.pid}.tmp`;
  try {
    await pipeline(bytes, createWriteStream(aside));
    await rename(aside, path);
  } catch (cause) {
    await rm(aside, { force: true });
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === undefined || cause instanceof NearduckError || options.signal?.aborted) throw cause;
    throw ioError(`arrow: cannot write '${path}': ${message}`, cause);
  }
  return rows;
}
