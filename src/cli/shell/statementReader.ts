import type { DuckDBConnection } from '@duckdb/node-api';
import { hasStatement } from '../../connection/statements.ts';

/** A shell, whose parser is used. `.open` changes its connection. */
interface ReaderHost {
  readonly connection: Pick<DuckDBConnection, 'extractStatements'>;
}

/** Collects lines until they form a complete statement for DuckDB's parser. */
export class StatementReader {
  readonly #shell: ReaderHost;
  #text = '';

  constructor(shell: ReaderHost) {
    this.#shell = shell;
  }

  /** True between statements, where dot commands are allowed. */
  get isEmpty(): boolean {
    return this.#text === '';
  }

  get text(): string {
    return this.#text;
  }

  /** Adds a line. Returns the statements once they are complete. */
  async add(line: string): Promise<string | undefined> {
    this.#text += `${line}\n`;
    if (!hasStatement(this.#text)) {
      this.#text = '';
      return undefined;
    }
    const mayEnd = /;|\*\//.test(line);
    return mayEnd && (await this.#isWhole()) ? this.take() : undefined;
  }

  /** Returns the collected text and empties the reader. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  /**
   * The parser also accepts a statement that may continue (`FROM t` and a `SELECT` on the next line). The
   * text is complete if another statement appended to it counts as one more.
   */
  async #isWhole(): Promise<boolean> {
    const { connection } = this.#shell;
    let count: number;
    try {
      ({ count } = await connection.extractStatements(this.#text));
    } catch (error) {
      return endsWithSemicolon.test(this.#text) && !unfinished.test(String(error));
    }
    try {
      return (await connection.extractStatements(`${this.#text}\nSELECT 1`)).count === count + 1;
    } catch {
      return false;
    }
  }
}

/** The parser's errors for text that ends inside a token or too early. Further lines may complete it. */
const unfinished = /unterminated|at end of input/;
/** A wrong statement is complete when its last line ends with a semicolon. */
const endsWithSemicolon = /;[ \t]*(?:--[^\n]*)?\n?$/;
