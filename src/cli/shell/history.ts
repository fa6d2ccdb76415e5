import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const size = 1000;
/** What begins a secret, or names one. */
const SECRET =
  /\b(?:create\s+(?:or\s+replace\s+)?(?:\w+\s+)?secret|(?:s3_)?secret_access_key|(?:s3_)?session_token|password|encryption_key)\b/i;

/** The lines typed in earlier runs, kept in `~/.nearduck_history`. A home that cannot be written to has no history. */
export class History {
  readonly #path: string;

  constructor(path = join(homedir(), '.nearduck_history')) {
    this.#path = path;
  }

  /** The latest lines, newest first, as readline takes them. */
  read(): string[] {
    try {
      const lines = readFileSync(this.#path, 'utf8').split('\n').filter(Boolean);
      if (lines.length > 2 * size)
        writeFileSync(this.#path, `${lines.slice(-size).join('\n')}\n`, { mode: 0o600 });
      return lines.slice(-size).toReversed();
    } catch {
      return [];
    }
  }

  /** Keeps a line; `before` are the lines before it in its statement. Statements that hold a secret are not kept. */
  add(line: string, before: string): void {
    if (line.trim() === '' || SECRET.test(before + line)) return;
    try {
      appendFileSync(this.#path, `${line}\n`, { mode: 0o600 });
    } catch {
      // the line is still in readline's own history of this run
    }
  }
}
