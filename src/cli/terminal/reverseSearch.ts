import { Transform } from 'node:stream';

const CTRL_R = '\u0012';
const BACKSPACE = /^[\b\u007F]$/;
/** Ctrl-C and Ctrl-G. */
const CANCEL = ['\u0003', '\u0007'];
const PRINTABLE = /^\P{Cc}$/u;

/** The prompt that a reverse search works on. */
export interface ReverseSearchHost {
  /** Newest first. */
  readonly entries: readonly string[];
  /** False while a statement runs. */
  isReady(): boolean;
  /** Draws a line in place of the prompt. */
  draw(text: string): void;
  /** Ends the search with `entry` on the prompt, or with the previous text if it is undefined. */
  finish(entry: string | undefined): void;
}

/**
 * Ctrl-R as in bash: searches the history for the typed text, newest first. Ctrl-R again goes further back,
 * Ctrl-C or Ctrl-G cancels. Any other key accepts the entry and then goes to the line editor.
 */
export class ReverseSearch extends Transform {
  readonly #host: ReverseSearchHost;
  readonly #setRawMode: (on: boolean) => void;
  /** Undefined: not searching. */
  #pattern: string | undefined;
  #index = 0;

  /** `setRawMode` of the terminal: the line editor calls it on its input. */
  constructor(host: ReverseSearchHost, setRawMode: (on: boolean) => void) {
    super({ decodeStrings: false, encoding: 'utf8' });
    this.#host = host;
    this.#setRawMode = setRawMode;
  }

  setRawMode(on: boolean): void {
    this.#setRawMode(on);
  }

  override _transform(chunk: string | Buffer, _: unknown, done: () => void): void {
    const text = chunk.toString();
    const start = this.#pattern === undefined ? text.indexOf(CTRL_R) : 0;
    if (start < 0 || !this.#host.isReady()) this.push(text);
    else {
      if (start > 0) this.push(text.slice(0, start));
      // The line editor must process the typed characters first.
      setImmediate(() => {
        this.#search(text.slice(start));
        done();
      });
      return;
    }
    done();
  }

  #search(keys: string): void {
    const characters = [...keys];
    for (const [i, key] of characters.entries()) {
      const pattern: string | undefined = this.#pattern;
      if (key === CTRL_R) {
        if (pattern === undefined) this.#pattern = '';
        else this.#find(pattern, this.#index + 1);
      } else if (BACKSPACE.test(key)) this.#find([...pattern!].slice(0, -1).join(''), 0);
      else if (PRINTABLE.test(key)) this.#find(pattern! + key, pattern === '' ? 0 : this.#index);
      else {
        const isCancelled = CANCEL.includes(key);
        this.#end(isCancelled ? undefined : this.#entry);
        const rest = characters.slice(isCancelled ? i + 1 : i).join('');
        if (rest !== '') this.push(rest);
        return;
      }
    }
    this.#draw();
  }

  get #entry(): string | undefined {
    return this.#pattern ? this.#host.entries[this.#index] : undefined;
  }

  /** Searches from entry `from` on. If nothing is found, the search does not move. */
  #find(pattern: string, from: number): void {
    const { entries } = this.#host;
    const index = entries.findIndex((entry, i) => i >= from && entry.includes(pattern));
    if (index < 0) return;
    this.#index = index;
    this.#pattern = pattern;
  }

  #end(entry: string | undefined): void {
    this.#pattern = undefined;
    this.#index = 0;
    this.#host.finish(entry);
  }

  #draw(): void {
    const entry = this.#entry?.replaceAll(/\s+/g, ' ') ?? '';
    this.#host.draw(`(reverse-i-search)'${this.#pattern}': ${entry}`);
  }
}
