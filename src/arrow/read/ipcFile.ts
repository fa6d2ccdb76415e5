import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { invalidInputError, ioError } from '../../errors.ts';

/** Node reads at most this many bytes a call. */
const READ_BYTES = 2 ** 30;

/** Byte ranges of one file. It is open only while a range is read, so that nothing is left to close. */
export class IpcFile {
  readonly path: string;
  readonly size: number;
  readonly #modified: number;

  /** @throws NearduckError (IO Error) when the file cannot be read. */
  constructor(path: string) {
    this.path = path;
    [this.size, this.#modified] = this.#open((_, size, modified): [number, number] => [size, modified]);
  }

  /**
   * Bytes `start` to `end`.
   * @throws NearduckError (IO Error) when the file was changed since it was bound, or ends before.
   */
  read(start: number, end: number): Uint8Array {
    if (start < 0 || end > this.size || end < start) {
      throw invalidInputError(`read_arrow: '${this.path}' is cut off: it ends before its last message does`);
    }
    const bytes = Buffer.allocUnsafeSlow(end - start);
    if (bytes.length === 0) return bytes;
    this.#open((descriptor, size, modified) => {
      if (size !== this.size || modified !== this.#modified) {
        throw ioError(`read_arrow: '${this.path}' was changed while it was read; run the statement again`);
      }
      for (let done = 0; done < bytes.length;) {
        const read = readSync(
          descriptor,
          bytes,
          done,
          Math.min(READ_BYTES, bytes.length - done),
          start + done,
        );
        if (read === 0) throw ioError(`read_arrow: '${this.path}' ended early`);
        done += read;
      }
    });
    return bytes;
  }

  #open<T>(body: (descriptor: number, size: number, modified: number) => T): T {
    let descriptor: number;
    try {
      descriptor = openSync(this.path, 'r');
    } catch (cause) {
      throw ioError(`read_arrow: cannot open '${this.path}': ${(cause as Error).message}`, cause);
    }
    try {
      const { size, mtimeMs } = fstatSync(descriptor);
      return body(descriptor, size, mtimeMs);
    } finally {
      closeSync(descriptor);
    }
  }
}
