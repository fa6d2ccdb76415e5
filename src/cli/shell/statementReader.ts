import type { DuckDBConnection } from '@duckdb/node-api';
import { hasStatement } from '../../connection/statements.ts';

/** Whose parser is asked: a shell, whose connection `.open` changes. */
interface ReaderHost {
  readonly connection: Pick<DuckDBConnection, 'extractStatements'>;
}

/** Collects lines until DuckDB's parser finds a whole statement in them. */
export class StatementReader {
  readonly #shell: ReaderHost;
  #text = '';

  constructor(shell: ReaderHost) {
    this.#shell = shell;
  }

  /** True between statements, where dot commands may stand. */
  get isEmpty(): boolean {
    return this.#text === '';
  }

  get text(): string {
    return this.#text;
  }

  /** Adds a line; returns the statements once they are whole. */
  async add(line: string): Promise<string | undefined> {
    this.#text += `${line}\n`;
    if (!hasStatement(this.#text)) {
      this.#text = '';
      return undefined;
    }
    const mayEnd = /;|\*\//.test(line);
    return mayEnd && (await this.#isWhole()) ? this.take() : undefined;
  }

  /** Gives up what was collected, whole or not. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  /**
   * DuckDB does not tell a statement that ended from one that may go on (`FROM t` and a `SELECT` on the next
   * line), so it is asked whether a statement put behind the text counts as one more.
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
/** A wrong statement is whole, and worth its error message, when its last line ends it. */
const endsWithSemicolon = /;[ \t]*(?:--[^\n]*)?\n?$/;
