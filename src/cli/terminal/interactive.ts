import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { splitAtWidth } from '../../text/displayWidth.ts';
import { endBySignal } from '../endBySignal.ts';
import { versionText } from '../versions.ts';
import { complete } from './completion.ts';
import { History, HISTORY_SIZE } from './history.ts';
import { ReverseSearch } from './reverseSearch.ts';
import { runLine, runLines } from '../shell/runLines.ts';
import type { Shell } from '../shell/shell.ts';
import { StatementReader } from '../shell/statementReader.ts';

type Terminal = Readable & { isTTY?: boolean; setRawMode?(on: boolean): unknown };

/** The interactive SQL shell: runs each complete statement until the end of input or `.exit`. */
export async function runInteractive(shell: Shell, input: Terminal): Promise<void> {
  if (input.isTTY) await new TerminalShell(shell, input).run();
  else await runLines(shell, createInterface({ input, crlfDelay: Infinity }));
}

class TerminalShell {
  readonly #shell: Shell;
  readonly #input: Terminal;
  readonly #reader: StatementReader;
  readonly #history = new History();
  readonly #search: ReverseSearch;
  readonly #lines: Interface;
  #pendingLines = 0;
  #emptyInterrupts = 0;
  /** The history of the line editor, in which each line is an entry. */
  #lineEntries: string[] = [];

  constructor(shell: Shell, input: Terminal) {
    this.#shell = shell;
    this.#input = input;
    this.#reader = new StatementReader(shell);
    this.#search = new ReverseSearch(
      {
        entries: this.#history.entries,
        isReady: () => !this.#isBusy,
        draw: (text) => {
          const [line] = splitAtWidth(text, process.stdout.columns - 1);
          process.stdout.write(`\r\u001B[K${line}`);
        },
        finish: (entry) => {
          if (entry !== undefined) Object.assign(this.#lines, { line: entry, cursor: entry.length });
          this.#lines.prompt(true);
        },
      },
      (on) => input.setRawMode?.(on),
    );
    this.#lines = createInterface({
      input: this.#search,
      output: process.stdout,
      terminal: true,
      history: [...this.#history.entries],
      historySize: HISTORY_SIZE,
      completer: (line: string, done: (error: Error | null, result?: [string[], string]) => void) => {
        const nothing = (): void => done(null, [[], line]);
        if (this.#isBusy) nothing();
        else
          complete(shell.connection, this.#reader.text, line).then((result) => done(null, result), nothing);
      },
    });
  }

  async run(): Promise<void> {
    const lines = this.#lines;
    await this.#shell.output.write(`${await versionText()}\nEnter ".help" for usage hints.\n`);
    this.#input.setEncoding('utf8').pipe(this.#search);
    lines.on('history', (entries: string[]) => (this.#lineEntries = entries));
    lines.on('SIGINT', () => this.#interrupt());
    let tail = Promise.resolve();
    this.#prompt();
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        this.#pendingLines++;
        this.#emptyInterrupts = 0;
        tail = tail.then(() => this.#runLine(line));
        tail.catch(reject);
      });
      lines.on('close', resolve);
    });
    await tail;
    this.#input.unpipe(this.#search).pause();
    await this.#shell.output.write('\n');
  }

  get #isBusy(): boolean {
    return this.#pendingLines > 0;
  }

  async #runLine(line: string): Promise<void> {
    if (this.#shell.isOver) return;
    await runLine(this.#shell, this.#reader, line, (command) => {
      this.#history.add(command);
      this.#lineEntries.splice(0, Infinity, ...this.#history.entries);
    });
    this.#shell.stopInterrupting();
    this.#pendingLines--;
    if (this.#shell.isOver) this.#lines.close();
    else if (!this.#isBusy) this.#prompt();
  }

  #prompt(): void {
    const [main, next] = this.#shell.settings.prompts;
    this.#lines.setPrompt(this.#reader.isEmpty ? main : next);
    this.#lines.prompt();
  }

  /** Ctrl-C stops what runs, or drops what was typed. On an empty prompt, a second one leaves. */
  #interrupt(): void {
    if (this.#isBusy) {
      if (this.#shell.isStuck) {
        // This restores the terminal.
        this.#lines.close();
        endBySignal('SIGINT');
      }
      this.#shell.interrupt();
      return;
    }
    const hadText = this.#lines.line !== '' || !this.#reader.isEmpty;
    this.#emptyInterrupts = hadText ? 0 : this.#emptyInterrupts + 1;
    if (this.#emptyInterrupts > 1) {
      this.#lines.close();
      return;
    }
    this.#reader.take();
    this.#lineEntries.splice(0, Infinity, ...this.#history.entries);
    this.#lines.write(null, { ctrl: true, name: 'e' });
    this.#lines.write(null, { ctrl: true, name: 'u' });
    process.stdout.write(hadText ? '\n' : '\n(press Ctrl-C again to exit)\n');
    this.#prompt();
  }
}
