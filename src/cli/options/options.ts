import { BACKENDS } from '../../kernels/backends.ts';
import { DEFAULT_PATIENCE } from '../../session/s3/patience.ts';
import { MAX_THREADS } from '../optionValues.ts';
import { type ModeName, modes, absentMode } from '../modes/modes.ts';
import type { ShellSettings } from '../shell/settings.ts';
import { splitArguments } from '../dot/splitArguments.ts';
import type { SessionOptions } from '../../session/session.ts';
import { didYouMean } from '../../text/suggestions.ts';
import { PAGE_WIDTH } from '../values/foldText.ts';
import { wrapLines } from '../../text/wrapLines.ts';

/** Something the command line asks for, in its order of appearance. */
export type Action =
  | { readonly kind: 'change'; readonly settings: Partial<ShellSettings> }
  | { readonly kind: 'run'; readonly text: string }
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'setVariable'; readonly name: string; readonly value: string };

/** A parsed command line. */
export interface Invocation {
  /** Print this and exit. */
  show?: 'help' | 'version';
  database?: string;
  /** How the database is opened. */
  session: {
    readonly?: boolean;
    backend?: SessionOptions['backend'];
    config: Record<string, string>;
    memoryLimit?: string;
    s3Patience?: number;
    httpfs?: string;
  };
  /** The init file in place of `~/.nearduckrc`; null for none. */
  initFile?: string | null;
  /** Undefined: interactive if the standard input is a terminal. */
  interactive?: boolean;
  /** False when the command line contains everything to run. */
  readStdin: boolean;
  actions: Action[];
}

/** An option of the command line. */
export interface Option {
  readonly name: string;
  /** The name of its argument in the help text; options without one are flags. */
  readonly argument?: string;
  readonly description: string;
  apply(invocation: Invocation, value: string): unknown;
}

/** A wrong command line; the message is the whole text to print. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Options that change settings of the shell. */
const changes: readonly (readonly [
  title: string,
  description: string,
  settings: (value: string) => Partial<ShellSettings>,
])[] = [
  ['bail', 'stop after hitting an error', () => ({ bail: true })],
  ['echo', 'print commands before execution', () => ({ echo: true })],
  ['header', 'turn headers on', () => ({ headers: true })],
  ['noheader', 'turn headers off', () => ({ headers: false })],
  [
    'newline SEP',
    String.raw`set output row separator. Default: '\n'`,
    (separator) => ({ rowSeparator: unescaped(separator) }),
  ],
  ['nullvalue TEXT', "set text string for NULL values. Default: 'NULL'", (nullValue) => ({ nullValue })],
  [
    'separator SEP',
    "set output column separator. Default: '|'",
    (separator) => ({ columnSeparator: unescaped(separator) }),
  ],
  ...(Object.keys(modes) as ModeName[]).map(
    (mode) => [mode, `set output mode to '${mode}'`, () => ({ mode })] as const,
  ),
];

const run: Option['apply'] = (invocation, text) => {
  invocation.actions.push({ kind: 'run', text });
  invocation.readStdin = false;
};

const show =
  (what: 'help' | 'version'): Option['apply'] =>
  (invocation) => {
    invocation.show ??= what;
  };

/** Escapes such as `\t` in a separator. */
const unescaped = (text: string): string => splitArguments(`"${text.replaceAll('"', String.raw`\"`)}"`)[0]!;

/** `title` is `NAME` or `NAME ARGUMENT`. */
function option(title: string, description: string, apply: Option['apply']): Option {
  const [name, argument] = title.split(' ');
  return { name: name!, ...(argument === undefined ? {} : { argument }), description, apply };
}

const others: readonly Option[] = [
  option(
    'backend NAME',
    `where vectors are computed: ${BACKENDS.join(', ')}. Default: 'auto'`,
    ({ session }, value) => {
      const backend = BACKENDS.find((name) => name === value);
      if (!backend)
        throw new UsageError(`Error: unknown backend '${value}': must be one of ${BACKENDS.join(', ')}`);
      session.backend = backend;
    },
  ),
  option('batch', 'force batch I/O', (invocation) => (invocation.interactive = false)),
  option('c COMMAND', 'run "COMMAND" and exit', run),
  option('cmd COMMAND', 'run "COMMAND" before reading stdin', ({ actions }, text) =>
    actions.push({ kind: 'run', text }),
  ),
  option(
    'f FILENAME',
    'read/process named file and exit; nearduck:NAME is a script of this package',
    (invocation, path) => {
      invocation.actions.push({ kind: 'read', path });
      invocation.readStdin = false;
    },
  ),
  option('h', 'show help message', show('help')),
  option('help', 'show help message', show('help')),
  option(
    'httpfs WHERE',
    'an httpfs.duckdb_extension file, or a mirror to install it from, for s3://',
    ({ session }, where) => (session.httpfs = where),
  ),
  option(
    'init FILENAME',
    'read/process named file first. Default: ~/.nearduckrc',
    (invocation, path) => (invocation.initFile = path),
  ),
  option('interactive', 'force interactive I/O', (invocation) => (invocation.interactive = true)),
  option(
    'memory-limit SIZE',
    "memory to use at most, such as '8GB'. Default: 80% of the machine's",
    ({ session }, size) => (session.memoryLimit = session.config['memory_limit'] = size),
  ),
  option('no-init', 'skip processing the init file', (invocation) => (invocation.initFile = null)),
  option(
    'no-stdin',
    'exit after processing options instead of reading stdin',
    (invocation) => (invocation.readStdin = false),
  ),
  option('readonly', 'open the database read-only', ({ session }) => (session.readonly = true)),
  option('s COMMAND', 'run "COMMAND" and exit', run),
  option(
    's3-patience SECONDS',
    `keep retrying failed S3 requests for this long. Default: ${DEFAULT_PATIENCE}`,
    ({ session }, text) => {
      if (!/^\d{1,9}$/.test(text))
        throw new UsageError(`Error: '-s3-patience ${text}': expected a whole number of seconds`);
      session.s3Patience = Number(text);
    },
  ),
  option(
    'set NAME=VALUE',
    'set a SQL variable; numbers, NULL, true and false are read as SQL',
    ({ actions }, assignment) => {
      const at = assignment.indexOf('=');
      if (at < 1) throw new UsageError(`Error: '-set ${assignment}': expected NAME=VALUE`);
      actions.push({ kind: 'setVariable', name: assignment.slice(0, at), value: assignment.slice(at + 1) });
    },
  ),
  option('threads N', 'threads to use at most. Default: one per core', ({ session }, count) => {
    if (!/^[1-9]\d*$/.test(count) || Number(count) > MAX_THREADS)
      throw new UsageError(`Error: '-threads ${count}': expected a whole number from 1 to ${MAX_THREADS}`);
    session.config['threads'] = count;
  }),
  option(
    'unsigned',
    'allow loading of unsigned extensions',
    ({ session }) => (session.config['allow_unsigned_extensions'] = 'true'),
  ),
  option('version', 'show the versions of nearduck and DuckDB', show('version')),
];

/** Every option, in alphabetical order; the help text is made from it. */
export const options: readonly Option[] = [
  ...changes.map(([title, description, settings]) =>
    option(title, description, ({ actions }, value) =>
      actions.push({ kind: 'change', settings: settings(value) }),
    ),
  ),
  ...others,
].toSorted((a, b) => a.name.localeCompare(b.name));

/**
 * Reads a command line as DuckDB's shell does: options with one or two dashes, in order; the first other word
 * is the database, any further one is SQL to run. `--` ends the options.
 * @throws {UsageError}
 */
export function parseArguments(args: readonly string[]): Invocation {
  const invocation: Invocation = { session: { config: {} }, readStdin: true, actions: [] };
  const words = [...args];
  let onlyWords = false;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!onlyWords && word === '--') {
      onlyWords = true;
    } else if (!onlyWords && word.startsWith('-') && word !== '-') {
      applyOption(invocation, word, words);
    } else if (invocation.database === undefined) {
      invocation.database = word;
    } else {
      invocation.actions.push({ kind: 'run', text: word });
      invocation.readStdin = false;
    }
  }
  return invocation;
}

function applyOption(invocation: Invocation, word: string, rest: string[]): void {
  const name = word.replace(/^--?/, '');
  const option = options.find((candidate) => candidate.name === name.replaceAll('_', '-'));
  if (!option) {
    const absent = absentMode(name);
    if (absent !== undefined) throw new UsageError(absent);
    const hint = didYouMean(
      `-${name}`,
      options.map((candidate) => `-${candidate.name}`),
    );
    throw new UsageError(
      `Unknown Option Error: Unrecognized option '-${name}'\n\n${hint}${hint && '\n'}` +
        `Run 'nearduck -help' for a list of options.`,
    );
  }
  const value = option.argument === undefined ? '' : rest.shift();
  if (value === undefined) {
    throw new UsageError(
      `Missing Argument Error: Argument '-${option.name}' needs 1 arguments, but got 0\n` +
        `OPTION:\n  -${option.name} ${option.argument}    ${option.description}\n\n` +
        `Run 'nearduck -help' for a list of options.`,
    );
  }
  option.apply(invocation, value);
}

/** The text of `-help`. */
export function usage(): string {
  const titles = options.map(({ name, argument }) => `-${name}${argument ? ` ${argument}` : ''}`);
  const width = Math.max(...titles.map((title) => title.length)) + 2;
  return `Usage: nearduck [OPTIONS] [DATABASE] [SQL]
       nearduck dedup INPUT... [OPTIONS]
       nearduck report OUTPUT [OPTIONS]
       nearduck plan INPUT... [OPTIONS]
       nearduck task|submit|status RUN [OPTIONS]
       nearduck doctor

'nearduck dedup --help' lists the options of dedup, and so on.

DATABASE is the name of a DuckDB database. A new database is created if the file
does not exist. Without a script, statements are read from the standard input;
on a terminal, nearduck is a SQL shell.

OPTIONS:
${options.map(({ description }, i) => optionText(titles[i]!.padEnd(width), description)).join('')}`;
}

const optionText = (title: string, description: string): string =>
  `${wrapLines(`  ${title}${description}`, PAGE_WIDTH)}\n`;
