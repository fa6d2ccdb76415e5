import { closeSync, rmSync, writeSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { invalidInputError, ioError } from '../errors.ts';
import { fill, type RangeFile, type Ranges } from '../files/rangeFile.ts';
import { openTemporary, type TemporaryFile } from '../files/temporaryFile.ts';
import type { ZipMember } from './zip.ts';

/** Options of the temporary file for a decompressed array. */
export interface InflateOptions {
  /** The directory for the file. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** A compressed array, and the position of its bytes. */
export interface PackedArray {
  readonly name: string;
  readonly file: RangeFile;
  readonly start: number;
  readonly member: ZipMember;
}

const READ_BYTES = 2 ** 20;

/** Removes the file when it is garbage-collected: nothing reports the last scan of its rows. */
const removeWhenCollected = new FinalizationRegistry<TemporaryFile>(remove);

/**
 * Inflates an array into a temporary file, because compressed bytes cannot be read from the middle. The file
 * does not outlive the process.
 * @throws NearduckError (Invalid Input Error) when the bytes are damaged, or (IO Error) when they cannot be
 * written.
 */
export async function inflateToFile(packed: PackedArray, options: InflateOptions): Promise<Ranges> {
  const temporary = openTemporary(options.directory);
  try {
    await inflate(packed, temporary.descriptor, options);
  } catch (error) {
    remove(temporary);
    throw error;
  }
  const ranges: Ranges = {
    reading: (body) =>
      body((target, start) => {
        if (!fill(temporary.descriptor, target, start)) throw ioError(`read_npy: ${packed.name} ended early`);
      }),
  };
  removeWhenCollected.register(ranges, temporary);
  return ranges;
}

async function inflate(
  { name, file, start, member }: PackedArray,
  descriptor: number,
  { directory, signal }: InflateOptions,
): Promise<void> {
  const end = start + member.packedBytes;
  const source = function* (): Generator<Uint8Array> {
    for (let at = start; at < end; at += READ_BYTES) yield file.read(at, Math.min(at + READ_BYTES, end));
  };
  let bytes = 0;
  let crc = 0;
  const sink = async (inflated: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of inflated) {
      if (bytes + chunk.length > member.bytes) throw damaged(name, 'it is longer than its archive says');
      write(descriptor, chunk, bytes, directory);
      crc = crc32(chunk, crc);
      bytes += chunk.length;
    }
  };
  try {
    await pipeline(source, createInflateRaw({ chunkSize: READ_BYTES }), sink, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (String((error as NodeJS.ErrnoException).code).startsWith('Z_'))
      throw damaged(name, (error as Error).message);
    throw error;
  }
  if (bytes < member.bytes) throw damaged(name, 'it is shorter than its archive says');
  if (crc !== member.crc) throw damaged(name, 'its checksum is wrong');
}

function write(descriptor: number, bytes: Uint8Array, position: number, directory: string): void {
  try {
    for (let done = 0; done < bytes.length;)
      done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  } catch (cause) {
    throw ioError(
      `read_npy: cannot inflate an array into ${directory}: ${(cause as Error).message}; ` +
        `free space there, choose another temp_directory, or write the array with np.save`,
      cause,
    );
  }
}

function remove({ descriptor, folder }: TemporaryFile): void {
  closeSync(descriptor);
  rmSync(folder, { recursive: true, force: true });
}

const damaged = (name: string, what: string): Error =>
  invalidInputError(`read_npy: ${name} is damaged: ${what}`);
