import { closeSync, openSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Thrown when the reader of a pipe has gone, as `head` does: there is nobody left to write for. */
export class BrokenPipe extends Error {
  constructor() {
    super('broken pipe');
    this.name = 'BrokenPipe';
  }
}

/** Where results go: the standard output, or the file of `.output` or `.once`. */
export class Output {
  readonly #stream: Writable;
  #broken = false;
  #file: { path: string; descriptor: number; once: boolean } | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.#broken = true;
    });
  }

  /** The file written to, or undefined for the standard output. */
  get path(): string | undefined {
    return this.#file?.path;
  }

  /** Writes, and waits until the reader keeps up. */
  async write(text: string): Promise<void> {
    if (text === '') return;
    if (this.#file) {
      writeSync(this.#file.descriptor, text);
      return;
    }
    if (this.#broken) throw new BrokenPipe();
    if (!this.#stream.write(text)) await this.#drained();
    if (this.#broken) throw new BrokenPipe();
  }

  async #drained(): Promise<void> {
    try {
      await once(this.#stream, 'drain');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
      this.#broken = true;
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
