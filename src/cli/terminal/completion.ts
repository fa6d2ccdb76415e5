import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { catalogue } from '../../functions/catalogue.ts';
import { dotCommands } from '../dot/commands.ts';
import type { DotCommand } from '../dot/dotCommand.ts';
import { modes } from '../modes/modes.ts';
import { packagedScripts } from '../shell/packagedScript.ts';

/** The texts that the tab key offers, and the text that they replace. */
export type Completions = [candidates: string[], replaced: string];

/**
 * Completes dot commands and their arguments; in SQL what DuckDB's own completion knows (keywords, tables,
 * columns, functions), the named parameters of nearduck's functions, and inside a string the choices of its
 * parameter, or tables, paths and, where it holds a statement, the same again.
 */
export async function complete(
  connection: DuckDBConnection,
  before: string,
  line: string,
): Promise<Completions> {
  if (before === '' && line.startsWith('.')) return completeDotCommand(line);
  return completeSql(connection, before + line);
}

function completeDotCommand(line: string): Completions {
  const [, name, start] = /^\.(\w+) +(?:.* )?(\S*)$/.exec(line) ?? [];
  if (name === undefined)
    return startingWith(
      dotCommands.map((command) => `.${command.name} `),
      line,
    );
  const completes = dotCommands.find((command) => command.name === name)?.completes;
  return completes ? startingWith(argumentsOf[completes](start!), start!) : [[], start!];
}

const argumentsOf: Record<NonNullable<DotCommand['completes']>, (start: string) => string[]> = {
  mode: () => Object.keys(modes),
  path: scriptsFrom,
  topic: () => [...dotCommands, ...catalogue].map(({ name }) => name),
};

async function completeSql(connection: DuckDBConnection, text: string): Promise<Completions> {
  const { string, parameter, call } = cursorAt(text);
  const declared = catalogue.find(({ name }) => name === call)?.parameters ?? [];
  if (string !== undefined) {
    const choices = declared.find(({ name }) => name === parameter)?.choices;
    return choices ? startingWith(choices, string) : completeString(connection, string);
  }
  const [, start] = /[(,]\s*(\w*)$/.exec(text) ?? [];
  const parameters = declared
    .filter((parameter) => parameter.default !== undefined)
    .map(({ name }) => `${name} := `);
  if (start && parameters.some((name) => name.startsWith(start))) return startingWith(parameters, start);
  if (start === '' && parameters.length > 0 && text.includes(',')) return [parameters, ''];
  return suggestions(connection, text);
}

/** Completes a string that holds a relation: the name of a table, a statement or a path. */
async function completeString(connection: DuckDBConnection, text: string): Promise<Completions> {
  if (/^\s*(?:SELECT|FROM|WITH)\s/i.test(text)) {
    const [candidates, replaced] = await completeSql(connection, text);
    return [candidates.map((word) => word.replaceAll("'", "''")), replaced.replaceAll("'", "''")];
  }
  const reader = await connection.runAndReadAll(
    `SELECT DISTINCT name FROM (
       SELECT table_name AS name FROM duckdb_tables() WHERE NOT internal
       UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal
     ) ORDER BY name`,
  );
  const tables = reader.getRows().map(([name]) => String(name));
  return startingWith(
    [...tables, ...pathsFrom(text)].map((name) => name.replaceAll("'", "''")),
    text,
  );
}

/** The completions of DuckDB. It also suggests similar words, which a line editor cannot insert. */
async function suggestions(connection: DuckDBConnection, text: string): Promise<Completions> {
  const reader = await connection.runAndReadAll(
    'SELECT suggestion, suggestion_start FROM sql_auto_complete($1)',
    [text],
  );
  const rows = reader.getRows() as [string, number][];
  const start = rows[0]?.[1] ?? Buffer.byteLength(text);
  // The start is in bytes of UTF-8.
  const replaced = Buffer.from(text).subarray(start).toString();
  return startingWith(
    rows.map(([word]) => word),
    replaced,
  );
}

function startingWith(words: readonly string[], start: string): Completions {
  const wanted = start.toLowerCase();
  return [[...new Set(words.filter((word) => word.toLowerCase().startsWith(wanted)))], start];
}

/** The position at the end of an unfinished SQL text. */
interface Cursor {
  /** Text of the string literal it is in, quotes undoubled; undefined outside of one. */
  readonly string?: string;
  /** The named parameter whose value that string literal begins. */
  readonly parameter?: string;
  /** The function whose parentheses surround it, in lower case. */
  readonly call?: string;
}

const TOKEN = /'(?:[^']|'')*('|$)|"(?:[^"]|"")*(?:"|$)|--[^\n]*|\/\*[^]*?(?:\*\/|$)|(\w+)\s*\(|([()])/g;

/** Follows quotes, comments and parentheses to the end of `sql`. */
export function cursorAt(sql: string): Cursor {
  const calls: (string | undefined)[] = [];
  for (const { 0: token, 1: quote, 2: name, 3: parenthesis, index } of sql.matchAll(TOKEN)) {
    if (token.startsWith("'") && (quote === '' || token === "'")) {
      const [, parameter] = /(\w+)\s*:=\s*$/.exec(sql.slice(0, index)) ?? [];
      const string = token.slice(1).replaceAll("''", "'");
      return { string, ...(parameter === undefined ? {} : { parameter }), ...callOf(calls) };
    }
    if (name !== undefined || parenthesis === '(') calls.push(name?.toLowerCase());
    else if (parenthesis === ')') calls.pop();
  }
  return callOf(calls);
}

function callOf(calls: readonly (string | undefined)[]): Pick<Cursor, 'call'> {
  const call = calls.at(-1);
  return call === undefined ? {} : { call };
}

/** Files and folders whose paths begin with `start`. Folders, and links to folders, end in `/`. */
function pathsFrom(start: string): string[] {
  const cut = start.lastIndexOf('/') + 1;
  const typed = start.slice(0, cut);
  const folder = typed.replace(/^~(?=\/)/, homedir()) || '.';
  const isFolder = (name: string): boolean =>
    statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true;
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(start.slice(cut)) && (start.length > cut || !name.startsWith('.')))
      .map((name) => typed + name + (isFolder(name) ? '/' : ''))
      .toSorted();
  } catch {
    return [];
  }
}

/** The same with the scripts of the package. */
function scriptsFrom(start: string): string[] {
  return [...pathsFrom(start), ...packagedScripts().filter((name) => start !== '' && name.startsWith(start))];
}
