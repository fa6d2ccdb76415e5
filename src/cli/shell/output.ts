import { closeSync, openSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { ioError } from '../../errors.ts';

/** The reader of a pipe has closed it, as `head` does. */
export class BrokenPipe extends Error {
  constructor() {
    super('broken pipe');
    this.name = 'BrokenPipe';
  }
}

/** The destination of results: the standard output, or the file of `.output` or `.once`. */
export class Output {
  readonly #stream: Writable;
  /** Why nothing more can be written. */
  #failure: Error | undefined;
  #isFailureThrown = false;
  #file: { path: string; descriptor: number; once: boolean } | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??=
        error.code === 'EPIPE'
          ? new BrokenPipe()
          : ioError(`cannot write to the standard output: ${error.message}`, error);
    });
  }

  /** The file written to, or undefined for the standard output. */
  get path(): string | undefined {
    return this.#file?.path;
  }

  /** Writes, and waits for room. @throws BrokenPipe; NearduckError (IO Error), such as on a full disk. */
  async write(text: string): Promise<void> {
    if (text === '') return;
    if (this.#file) {
      writeSync(this.#file.descriptor, text);
      return;
    }
    this.#check();
    if (!this.#stream.write(text)) await this.#drained();
    this.#check();
  }

  /** Waits until everything is written. @throws as `write`, unless it has thrown already. */
  async finish(): Promise<void> {
    if (!this.#failure) await new Promise<void>((resolve) => this.#stream.write('', () => resolve()));
    if (!this.#isFailureThrown) this.#check();
  }

  #check(): void {
    if (!this.#failure) return;
    this.#isFailureThrown = true;
    throw this.#failure;
  }

  async #drained(): Promise<void> {
    try {
      await once(this.#stream, 'drain');
    } catch {
      // The listener has stored the error.
    }
  }

  /** Redirects output to a file, which it replaces; with `once`, for the next command only. */
  redirect(path: string, once: boolean): void {
    this.restore();
    this.#file = { path, descriptor: openSync(path, 'w'), once };
  }

  /** Ends the redirection of `.once` after a command. */
  endCommand(): void {
    if (this.#file?.once) this.restore();
  }

  /** Ends a redirection. */
  restore(): void {
    if (this.#file) closeSync(this.#file.descriptor);
    this.#file = undefined;
  }
}
