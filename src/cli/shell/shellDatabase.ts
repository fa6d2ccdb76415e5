import { resolve } from 'node:path';
import type { Connection } from '../../connection/connection.ts';
import { Session, type SessionOptions } from '../../session/session.ts';

const MEMORY = ':memory:';

/** The database of a shell; `.open` replaces it. */
export class ShellDatabase implements AsyncDisposable {
  readonly #options: SessionOptions;
  #session: Session;
  #path: string;

  private constructor(options: SessionOptions, session: Session, path: string) {
    this.#options = options;
    this.#session = session;
    this.#path = path;
  }

  /** Opens `path`. The options apply to later databases too. @throws as `Session.open`. */
  static async open(options: SessionOptions, path: string): Promise<ShellDatabase> {
    return new ShellDatabase(options, await Session.open({ ...options, database: path }), path);
  }

  get connection(): Connection {
    return this.#session.connection;
  }

  get path(): string {
    return this.#path;
  }

  /**
   * Closes the database and opens another. Where that fails the old one stays; when both are one file, an
   * empty one in memory.
   * @throws as `Session.open`.
   */
  async exchange(path: string, readonly: boolean): Promise<void> {
    // Two sessions on one file would corrupt it.
    if (path !== MEMORY && resolve(path) === resolve(this.#path)) await this.exchange(MEMORY, false);
    const session = await Session.open({ ...this.#options, readonly, database: path });
    const previous = this.#session;
    this.#session = session;
    this.#path = path;
    await previous.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#session.close();
  }
}
