import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { invalidInputError, ioError } from '../errors.ts';

/** Node reads at most this many bytes per call. */
const READ_BYTES = 2 ** 30;

/** Fills `target` with the bytes of the file that start at `start`. */
export type ReadInto = (target: Uint8Array, start: number) => void;

/** A source of byte ranges. `body` may read any number of them. */
export interface Ranges {
  reading<T>(body: (readInto: ReadInto) => T): T;
}

/** Byte ranges of one file. The file is open only while ranges are read, so it needs no closing. */
export class RangeFile implements Ranges {
  /** The function that reads the file, for errors. */
  readonly functionName: string;
  readonly path: string;
  readonly size: number;
  readonly #modified: number;

  /**
   * Reads the size and modification time of the file, and closes it again.
   * @throws NearduckError (IO Error) when the file cannot be read.
   */
  constructor(functionName: string, path: string) {
    this.functionName = functionName;
    this.path = path;
    [this.size, this.#modified] = this.#open((_, size, modified): [number, number] => [size, modified]);
  }

  /**
   * Reads bytes `start` to `end` (exclusive).
   * @throws NearduckError (Invalid Input Error) when the range is not inside the file, or (IO Error) when the
   * file has changed since it was bound.
   */
  read(start: number, end: number): Uint8Array {
    if (start < 0 || end > this.size || end < start) {
      throw invalidInputError(
        `${this.functionName}: '${this.path}' is truncated or damaged: bytes ${start} to ${end} lie outside its ${this.size} bytes`,
      );
    }
    const bytes = Buffer.allocUnsafeSlow(end - start);
    if (bytes.length > 0) this.reading((readInto) => readInto(bytes, start));
    return bytes;
  }

  /** Opens the file while `body` reads ranges. @throws NearduckError (IO Error), like `read`. */
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
    // Opening a pipe waits for a writer, and nothing can interrupt it.
    if (statSync(this.path, { throwIfNoEntry: false })?.isFile() === false)
      throw ioError(`${this.functionName}: '${this.path}' is not a regular file`);
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

/** Fills `target` from an open file, beginning at byte `start`. Returns false when the file ends early. */
export function fill(descriptor: number, target: Uint8Array, start: number): boolean {
  for (let done = 0; done < target.length;) {
    const length = Math.min(READ_BYTES, target.length - done);
    const read = readSync(descriptor, target, done, length, start + done);
    if (read === 0) return false;
    done += read;
  }
  return true;
}
