import { closeSync, openSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { ioError } from '../../errors.ts';

/** Thrown when the reader of a pipe has gone, as `head` does: there is nobody left to write for. */
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

  /**
   * Writes, and waits until the reader keeps up.
   * @throws BrokenPipe; NearduckError (IO Error) where the output cannot be written, on a full disk say.
   */
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

  /** Waits until all is written. @throws what `write` would, unless it has. */
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
      // The listener has kept it.
    }
  }

  /** Sends what follows to a file, replacing it; `once` for the next command only. */
  redirect(path: string, once: boolean): void {
    this.restore();
    this.#file = { path, descriptor: openSync(path, 'w'), once };
  }

  /** A command is done: what `.once` redirected goes to the standard output again. */
  endCommand(): void {
    if (this.#file?.once) this.restore();
  }

  /** Back to the standard output. */
  restore(): void {
    if (this.#file) closeSync(this.#file.descriptor);
    this.#file = undefined;
  }
}
