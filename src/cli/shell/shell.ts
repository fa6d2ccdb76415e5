import { resolve } from 'node:path';
import type { Connection } from '../../connection/connection.ts';
import { modes } from '../modes/modes.ts';
import type { Mode, RenderSettings } from '../modes/renderer.ts';
import type { ProgressLine } from '../progressLine.ts';
import { oneValue } from '../../queryValues.ts';
import { Session, type SessionOptions } from '../../session/session.ts';
import { errorText } from './errorText.ts';
import type { Output } from './output.ts';
import type { ShellSettings } from './settings.ts';

/** The parts a shell is made of. */
export interface ShellParts {
  readonly settings: ShellSettings;
  readonly output: Output;
  readonly progress: ProgressLine;
  readonly stderr: { write(text: string): unknown };
  /** Options of the first database, and of those that `.open` opens. */
  readonly session: SessionOptions;
  /** Cells of the terminal that results go to; undefined when they go elsewhere. */
  readonly terminalWidth: () => number | undefined;
  /** Runs a script file; `.read` and `-f` call it. */
  readonly runFile: (shell: Shell, path: string) => Promise<void>;
}

/** For `connection.progress`. Otherwise, DuckDB would draw its own bar on the standard output. */
const enableProgress = 'SET enable_progress_bar_print = false; SET enable_progress_bar = true;';
/** Milliseconds. */
const interruptInterval = 20;
/** Milliseconds after which a statement that was interrupted counts as stuck. */
const STUCK_MS = 1000;

const MEMORY = ':memory:';

/** One run of the shell: its database, settings, output and exit code. */
export class Shell implements AsyncDisposable {
  readonly settings: ShellSettings;
  readonly output: Output;
  readonly progress: ProgressLine;
  readonly #parts: ShellParts;
  #session: Session;
  #path: string;
  #timeZone = 'UTC';
  #errorCount = 0;
  #interrupted = false;
  #interrupting: NodeJS.Timeout | undefined;
  #waiting: NodeJS.Timeout | undefined;
  #isStuck = false;
  #exitCode: number | undefined;

  private constructor(parts: ShellParts, session: Session, path: string) {
    this.settings = parts.settings;
    this.output = parts.output;
    this.progress = parts.progress;
    this.#parts = parts;
    this.#session = session;
    this.#path = path;
  }

  /** Starts a shell on a database. @throws as `Session.open`. */
  static async start(parts: ShellParts, path = MEMORY): Promise<Shell> {
    const shell = new Shell(parts, await Session.open({ ...parts.session, database: path }), path);
    await shell.#begin();
    return shell;
  }

  /** True when the run has ended. */
  get isOver(): boolean {
    if (this.#exitCode !== undefined || (this.#interrupted && !this.settings.interactive)) return true;
    // As in DuckDB's shell, an error does not end the interactive one.
    return this.failed && this.settings.bail === true && !this.settings.interactive;
  }

  /** 0 only when every command succeeded. */
  get exitCode(): number {
    if (this.#interrupted && !this.settings.interactive) return 130;
    return this.#exitCode || (this.failed ? 1 : 0);
  }

  get failed(): boolean {
    return this.#errorCount > 0;
  }

  /** Errors so far. */
  get errorCount(): number {
    return this.#errorCount;
  }

  get connection(): Connection {
    return this.#session.connection;
  }

  /** Path of the database. */
  get database(): string {
    return this.#path;
  }

  /**
   * Closes the database and opens another. Where that fails the old one stays; when both are one file, an empty
   * one in memory.
   * @throws as `Session.open`.
   */
  async open(path: string, readonly: boolean): Promise<void> {
    try {
      // Two sessions on one file would corrupt it.
      if (path !== MEMORY && resolve(path) === resolve(this.#path)) await this.#exchange(MEMORY, false);
      await this.#exchange(path, readonly);
    } finally {
      await this.#begin();
    }
  }

  async #exchange(path: string, readonly: boolean): Promise<void> {
    const session = await Session.open({ ...this.#parts.session, readonly, database: path });
    const previous = this.#session;
    this.#session = session;
    this.#path = path;
    await previous.close();
  }

  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** True when the running statement was interrupted but does not stop, such as while storage hangs. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  get mode(): Mode {
    return modes[this.settings.mode].mode;
  }

  /** The settings as a mode needs them; a file is not cut to the terminal's size. */
  get renderSettings(): RenderSettings {
    const toFile = this.output.path !== undefined;
    const width = this.settings.maxWidth || (toFile ? undefined : this.#parts.terminalWidth());
    return {
      ...this.settings,
      maxRows: toFile ? Number.MAX_SAFE_INTEGER : this.settings.maxRows,
      maxWidth: width ?? Number.MAX_SAFE_INTEGER,
      timeZone: this.#timeZone,
    };
  }

  /** Runs a script file; false when it cannot be opened. */
  async runFile(path: string): Promise<boolean> {
    try {
      await this.#parts.runFile(this, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      return false;
    }
  }

  /** Ends the run after the current command. */
  exit(code: number): void {
    this.#exitCode = code;
  }

  /** Ctrl-C. Repeated until the command ends, because DuckDB ignores it while it prepares a statement. */
  interrupt(): void {
    this.#interrupted = true;
    this.connection.interrupt();
    this.#interrupting ??= setInterval(() => this.connection.interrupt(), interruptInterval).unref();
    this.#waiting ??= setTimeout(() => {
      this.#isStuck = true;
      this.notice('Interrupted, but the statement is still running; press Ctrl-C again to end nearduck');
    }, STUCK_MS).unref();
  }

  /** Begins a command. In the interactive shell, an earlier interrupt no longer counts. */
  beginCommand(): void {
    if (this.settings.interactive) this.#interrupted = false;
  }

  /** Ends a command. */
  endCommand(): void {
    this.stopInterrupting();
    this.progress.clear();
    this.output.endCommand();
  }

  /** Stops repeating an interrupt, because its statement has ended. */
  stopInterrupting(): void {
    clearInterval(this.#interrupting);
    clearTimeout(this.#waiting);
    this.#interrupting = this.#waiting = undefined;
    this.#isStuck = false;
  }

  /** Prints an error and counts it. */
  fail(error: unknown): void {
    this.#errorCount++;
    this.notice(errorText(error));
  }

  /** Prints a notice. */
  notice(text: string): void {
    this.progress.clear();
    this.#parts.stderr.write(`${text}\n`);
  }

  /** Prepares a connection for the first statement. */
  async #begin(): Promise<void> {
    await this.readTimeZone();
    if (this.progress.isShown) await this.connection.run(enableProgress);
  }

  /** Reads the time zone of the session, in which timestamps are printed; `SET TimeZone` changes it. */
  async readTimeZone(): Promise<void> {
    this.#timeZone = String(await oneValue(this.connection, `SELECT current_setting('TimeZone')`));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#session.close();
  }
}
