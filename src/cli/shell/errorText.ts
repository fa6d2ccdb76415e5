import { messageOf } from '../../errors.ts';
import { Refusal } from './refusal.ts';

/** The text of an error as DuckDB's shell prints it, with a caret where there is one. */
export function errorText(error: unknown, command = 'nearduck'): string {
  const text = error instanceof Refusal ? error.saidBy(command) : messageOf(error);
  return printable(text.replace(/^Failed to (?:extract statements|prepare): /, '')) + newerFileRemedy(text);
}

/** Prints a notice to stderr. */
export const printNotice = (text: string): void => void process.stderr.write(`${printable(text)}\n`);

/** DuckDB 2.0 writes files of version 69. DuckDB's own message only says how to upgrade. */
function newerFileRemedy(text: string): string {
  const [, version, newest] =
    /version number (\d+), but we can only read versions between \d+ and (\d+)/.exec(text) ?? [];
  if (Number(version ?? 0) <= Number(newest ?? 0)) return '';
  return (
    `\n\nA newer DuckDB wrote the file. With that one, write a copy that can be read here:\n` +
    `ATTACH 'copy.duckdb' AS copy (STORAGE_VERSION 'v1.5.0'); COPY FROM DATABASE original TO copy;`
  );
}

/** Escapes control characters, except line breaks and tabs: quoted values must not control a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
