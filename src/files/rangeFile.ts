import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { invalidInputError, ioError } from '../errors.ts';

/** Node reads at most this many bytes per call. */
const READ_BYTES = 2 ** 30;

/** Fills `target` with the bytes of the file from `start` on. */
export type ReadInto = (target: Uint8Array, start: number) => void;

/** What byte ranges are read from, as many as `body` asks for. */
export interface Ranges {
  reading<T>(body: (readInto: ReadInto) => T): T;
}

/** Byte ranges of one file. It is open only while ranges are read, so that nothing is left to close. */
export class RangeFile implements Ranges {
  /** The function that reads, for errors. */
  readonly functionName: string;
  readonly path: string;
  readonly size: number;
  readonly #modified: number;

  /** @throws NearduckError (IO Error) when the file cannot be read. */
  constructor(functionName: string, path: string) {
    this.functionName = functionName;
    this.path = path;
    [this.size, this.#modified] = this.#open((_, size, modified): [number, number] => [size, modified]);
  }

  /**
   * Bytes `start` to `end`.
   * @throws NearduckError (IO Error) when the file was changed since it was bound, or ends before.
   */
  read(start: number, end: number): Uint8Array {
    if (start < 0 || end > this.size || end < start) {
      throw invalidInputError(
        `${this.functionName}: '${this.path}' is cut off: it ends before its last message does`,
      );
    }
    const bytes = Buffer.allocUnsafeSlow(end - start);
    if (bytes.length > 0) this.reading((readInto) => readInto(bytes, start));
    return bytes;
  }

  /**
   * Opens the file for as many ranges as `body` reads.
   * @throws NearduckError (IO Error) as `read` does.
   */
  reading<T>(body: (readInto: ReadInto) => T): T {
    return this.#open((descriptor, size, modified) => {
      if (size !== this.size || modified !== this.#modified) {
        throw ioError(
          `${this.functionName}: '${this.path}' was changed while it was read; run the statement again`,
        );
      }
      return body((target, start) => {
        if (!fill(descriptor, target, start))
          throw ioError(`${this.functionName}: '${this.path}' ended early`);
      });
    });
  }

  #open<T>(body: (descriptor: number, size: number, modified: number) => T): T {
    let descriptor: number;
    try {
      descriptor = openSync(this.path, 'r');
    } catch (cause) {
      throw ioError(`${this.functionName}: cannot open '${this.path}': ${(cause as Error).message}`, cause);
    }
    try {
      const { size, mtimeMs } = fstatSync(descriptor);
      return body(descriptor, size, mtimeMs);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Fills `target` with what an open file holds from `start` on; false where it ends before. */
export function fill(descriptor: number, target: Uint8Array, start: number): boolean {
  for (let done = 0; done < target.length;) {
    const length = Math.min(READ_BYTES, target.length - done);
    const read = readSync(descriptor, target, done, length, start + done);
    if (read === 0) return false;
    done += read;
  }
  return true;
}
