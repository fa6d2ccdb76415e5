import { type ModeName, modes } from '../modes/modes.ts';
import { DEFAULT_PATIENCE } from '../../session/s3/patience.ts';
import type { ShellSettings } from '../shell/settings.ts';
import { MOST_THREADS } from '../dedup/options.ts';
import { splitArguments } from '../dot/splitArguments.ts';
import type { Invocation } from './invocation.ts';

/** An option of the command line. */
export interface Option {
  readonly name: string;
  /** The name of its argument in the help text; options without one are flags. */
  readonly argument?: string;
  readonly description: string;
  apply(invocation: Invocation, value: string): void;
}

/** A wrong command line; the message is the whole text to print. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

const change =
  (settings: (value: string) => Partial<ShellSettings>): Option['apply'] =>
  ({ actions }, value) => {
    actions.push({ kind: 'change', settings: settings(value) });
  };

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

const modeOptions = (Object.keys(modes) as ModeName[]).map((mode): Option => ({
  name: mode,
  description: `set output mode to '${mode}'`,
  apply: change(() => ({ mode })),
}));

const others: readonly Option[] = [
  {
    name: 'backend',
    argument: 'NAME',
    description: `where vectors are computed: ${backends.join(', ')}. Default: 'auto'`,
    apply(invocation, value) {
      const backend = backends.find((name) => name === value);
      if (!backend)
        throw new UsageError(`Error: unknown backend '${value}': must be one of ${backends.join(', ')}`);
      invocation.backend = backend;
    },
  },
  { name: 'bail', description: 'stop after hitting an error', apply: change(() => ({ bail: true })) },
  {
    name: 'batch',
    description: 'force batch I/O',
    apply: (invocation) => {
      invocation.interactive = false;
    },
  },
  { name: 'c', argument: 'COMMAND', description: 'run "COMMAND" and exit', apply: run },
  {
    name: 'cmd',
    argument: 'COMMAND',
    description: 'run "COMMAND" before reading stdin',
    apply: ({ actions }, text) => {
      actions.push({ kind: 'run', text });
    },
  },
  { name: 'echo', description: 'print commands before execution', apply: change(() => ({ echo: true })) },
  {
    name: 'f',
    argument: 'FILENAME',
    description: 'read/process named file and exit',
    apply: (invocation, path) => {
      invocation.actions.push({ kind: 'read', path });
      invocation.readStdin = false;
    },
  },
  { name: 'h', description: 'show help message', apply: show('help') },
  { name: 'header', description: 'turn headers on', apply: change(() => ({ headers: true })) },
  { name: 'help', description: 'show help message', apply: show('help') },
  {
    name: 'httpfs',
    argument: 'WHERE',
    description: 'an httpfs.duckdb_extension file, or a mirror to install it from, for s3://',
    apply: (invocation, where) => {
      invocation.httpfs = where;
    },
  },
  {
    name: 's3-patience',
    argument: 'SECONDS',
    description: `try requests to S3 that fail again for so long. Default: ${DEFAULT_PATIENCE}`,
    apply: (invocation, text) => {
      if (!/^\d{1,9}$/.test(text))
        throw new UsageError(`Error: '-s3-patience ${text}': expected a whole number of seconds`);
      invocation.s3Patience = Number(text);
    },
  },
  {
    name: 'init',
    argument: 'FILENAME',
    description: 'read/process named file first. Default: ~/.nearduckrc',
    apply: (invocation, path) => {
      invocation.initFile = path;
    },
  },
  {
    name: 'interactive',
    description: 'force interactive I/O',
    apply: (invocation) => {
      invocation.interactive = true;
    },
  },
  {
    name: 'memory-limit',
    argument: 'SIZE',
    description: "memory to use at most, such as '8GB'. Default: 80% of the machine's",
    apply: (invocation, size) => {
      invocation.memoryLimit = size;
      invocation.config['memory_limit'] = size;
    },
  },
  {
    name: 'threads',
    argument: 'N',
    description: 'threads to use at most. Default: one a core',
    apply: (invocation, count) => {
      if (!/^[1-9]\d*$/.test(count) || Number(count) > MOST_THREADS)
        throw new UsageError(`Error: '-threads ${count}': expected a whole number from 1 to ${MOST_THREADS}`);
      invocation.config['threads'] = count;
    },
  },
  {
    name: 'newline',
    argument: 'SEP',
    description: String.raw`set output row separator. Default: '\n'`,
    apply: change((separator) => ({ rowSeparator: unescaped(separator) })),
  },
  {
    name: 'no-init',
    description: 'skip processing the init file',
    apply: (invocation) => {
      invocation.initFile = null;
    },
  },
  {
    name: 'no-stdin',
    description: 'exit after processing options instead of reading stdin',
    apply: (invocation) => {
      invocation.readStdin = false;
    },
  },
  { name: 'noheader', description: 'turn headers off', apply: change(() => ({ headers: false })) },
  {
    name: 'nullvalue',
    argument: 'TEXT',
    description: "set text string for NULL values. Default: 'NULL'",
    apply: change((nullValue) => ({ nullValue })),
  },
  {
    name: 'readonly',
    description: 'open the database read-only',
    apply: (invocation) => {
      invocation.readonly = true;
    },
  },
  { name: 's', argument: 'COMMAND', description: 'run "COMMAND" and exit', apply: run },
  {
    name: 'separator',
    argument: 'SEP',
    description: "set output column separator. Default: '|'",
    apply: change((separator) => ({ columnSeparator: unescaped(separator) })),
  },
  {
    name: 'set',
    argument: 'NAME=VALUE',
    description: 'set a SQL variable; numbers, NULL, true and false are read as SQL',
    apply({ actions }, assignment) {
      const at = assignment.indexOf('=');
      if (at < 1) throw new UsageError(`Error: '-set ${assignment}': expected NAME=VALUE`);
      actions.push({ kind: 'setVariable', name: assignment.slice(0, at), value: assignment.slice(at + 1) });
    },
  },
  {
    name: 'unsigned',
    description: 'allow loading of unsigned extensions',
    apply: ({ config }) => {
      config['allow_unsigned_extensions'] = 'true';
    },
  },
  { name: 'version', description: 'show the versions of nearduck and DuckDB', apply: show('version') },
];

/** Every option, in alphabetical order; the help text is made from it. */
export const options: readonly Option[] = [...modeOptions, ...others].toSorted((a, b) =>
  a.name.localeCompare(b.name),
);
