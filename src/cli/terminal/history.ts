import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Statements kept. */
export const HISTORY_SIZE = 1000;
/** Stands for a line break in the file, as in psql's. */
const LINE_BREAK = '\u0001';
/** Words that introduce or name a secret. */
const SECRET =
  /\b(?:create\s+(?:or\s+replace\s+)?(?:\w+\s+)?secret|(?:s3_)?secret_access_key|(?:s3_)?session_token|password|encryption_key)\b/i;

/**
 * The statements and dot commands of this run and earlier ones, from `~/.nearduck_history`, one per line. If
 * the home folder is not writable, they are not stored.
 */
export class History {
  readonly #path: string;
  /** Newest first, as readline wants them. */
  readonly entries: string[];

  constructor(path = join(homedir(), '.nearduck_history')) {
    this.#path = path;
    this.entries = this.#read();
  }

  /** Adds a statement. Statements that hold a secret are not kept in the file. */
  add(statement: string): void {
    const text = statement.trim();
    if (text === '' || text === this.entries[0]) return;
    this.entries.unshift(text);
    if (this.entries.length > HISTORY_SIZE) this.entries.pop();
    if (SECRET.test(text)) return;
    try {
      appendFileSync(this.#path, `${text.replaceAll('\n', LINE_BREAK)}\n`, { mode: 0o600 });
    } catch {
      // The statement is still in the history of this run.
    }
  }

  #read(): string[] {
    try {
      const lines = readFileSync(this.#path, 'utf8').split('\n').filter(Boolean);
      const latest = lines.slice(-HISTORY_SIZE);
      if (lines.length > 2 * HISTORY_SIZE)
        writeFileSync(this.#path, `${latest.join('\n')}\n`, { mode: 0o600 });
      return latest.map((line) => line.replaceAll(LINE_BREAK, '\n')).toReversed();
    } catch {
      return [];
    }
  }
}
