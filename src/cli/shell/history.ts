import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const size = 1000;

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

  add(line: string): void {
    if (line.trim() === '') return;
    try {
      appendFileSync(this.#path, `${line}\n`, { mode: 0o600 });
    } catch {
      // the line is still in readline's own history of this run
    }
  }
}
