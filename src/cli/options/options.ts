import { DEFAULT_PATIENCE } from '../../session/s3/patience.ts';
import { MAX_THREADS } from '../optionValues.ts';
import { type ModeName, modes } from '../modes/modes.ts';
import type { ShellSettings } from '../shell/settings.ts';
import { splitArguments } from '../dot/splitArguments.ts';
import type { Invocation } from './invocation.ts';

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

const backends = ['auto', 'cpu', 'webgpu', 'reference'] as const;

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
    `where vectors are computed: ${backends.join(', ')}. Default: 'auto'`,
    ({ session }, value) => {
      const backend = backends.find((name) => name === value);
      if (!backend)
        throw new UsageError(`Error: unknown backend '${value}': must be one of ${backends.join(', ')}`);
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
