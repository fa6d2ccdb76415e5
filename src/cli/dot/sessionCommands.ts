import { spawnSync } from 'node:child_process';
import { versionText } from '../versions.ts';
import { type DotCommand, oneArgument, toggle, WrongUsage } from './dotCommand.ts';
import type { Shell } from '../shell/shell.ts';

const exit: Omit<DotCommand, 'name'> = {
  parameters: '?CODE?',
  description: 'Exit this program with return-code CODE',
  run: (shell, args) => {
    const code = args.length === 0 ? '0' : oneArgument(args);
    if (!/^\d+$/.test(code)) throw new WrongUsage();
    shell.exit(Number(code));
  },
};

const system: Omit<DotCommand, 'name'> = {
  parameters: 'CMD ARGS...',
  description: 'Run CMD ARGS... in a system shell',
  completes: 'path',
  run: (_, args) => {
    if (args.length === 0) throw new WrongUsage();
    // Programs such as editors expect a terminal in its normal mode.
    const { stdin } = process;
    const { isRaw } = stdin;
    if (isRaw) stdin.setRawMode(false);
    const command = args.map((word) => (/\s/.test(word) ? JSON.stringify(word) : word)).join(' ');
    const { status, signal } = spawnSync(command, { shell: true, stdio: 'inherit' });
    if (isRaw) stdin.setRawMode(true);
    if (status !== 0) throw new Error(`System command returned ${signal ?? String(status)}`);
  },
};

/** Commands that steer the run. */
export const sessionCommands: readonly DotCommand[] = [
  toggle('bail', 'bail', 'Stop a script after an error. Default: off for piped scripts, on for -c and -f'),
  {
    name: 'cd',
    parameters: 'DIRECTORY',
    description: 'Change the working directory to DIRECTORY',
    completes: 'path',
    run: (_, args) => {
      const directory = oneArgument(args);
      try {
        process.chdir(directory);
      } catch (error) {
        throw new Error(`Cannot change to directory "${directory}"`, { cause: error });
      }
    },
  },
  { name: 'exit', ...exit },
  { name: 'quit', ...exit },
  { name: 'shell', alias: 'sh', ...system },
  { name: 'system', ...system },
  {
    name: 'open',
    parameters: '?--readonly? ?FILE?',
    description: 'Close existing database and reopen FILE',
    completes: 'path',
    run: async (shell, args) => {
      const files = args.filter((word) => !/^--?readonly$/.test(word));
      if (files.length > 1 || files[0]?.startsWith('-')) throw new WrongUsage();
      await shell.open(files[0] ?? ':memory:', files.length < args.length);
    },
  },
  {
    name: 'prompt',
    parameters: 'MAIN ?CONTINUE?',
    description: 'Replace the standard prompts',
    run: ({ settings }, args) => {
      const [main, next, ...rest] = args;
      if (main === undefined || rest.length > 0) throw new WrongUsage();
      settings.prompts = [main, next ?? settings.prompts[1]];
    },
  },
  {
    name: 'read',
    parameters: 'FILE',
    description: 'Read input from FILE; nearduck:NAME is a script of this package',
    completes: 'path',
    run: async (shell, args) => {
      const path = oneArgument(args);
      if (!(await shell.runFile(path))) throw new Error(`Error: cannot open "${path}"`);
    },
  },
  {
    name: 'show',
    parameters: '',
    description: 'Show the current values for various settings',
    run: async ({ settings, output, database }) => {
      const rows = {
        echo: settings.echo ? 'on' : 'off',
        headers: settings.headers ? 'on' : 'off',
        mode: settings.mode,
        nullvalue: JSON.stringify(settings.nullValue),
        output: output.path ?? 'stdout',
        colseparator: JSON.stringify(settings.columnSeparator) ?? 'mode',
        rowseparator: JSON.stringify(settings.rowSeparator) ?? 'mode',
        maxrows: settings.maxRows,
        filename: database,
      };
      const lines = Object.entries(rows).map(([name, value]) => `${name.padStart(12)}: ${value}\n`);
      await output.write(lines.join(''));
    },
  },
  {
    name: 'version',
    parameters: '',
    description: 'Show the version',
    run: async ({ output }) => output.write(`${await versionText()}\n`),
  },
];

function redirect(shell: Shell, path: string, once: boolean): void {
  try {
    shell.output.redirect(path, once);
  } catch (error) {
    throw new Error(`Error: cannot open "${path}"`, { cause: error });
  }
}

/** Commands about where output goes and what is printed beside results. */
export const outputCommands: readonly DotCommand[] = [
  toggle('echo', 'echo', 'Turn command echo on or off'),
  {
    name: 'once',
    parameters: 'FILE',
    description: 'Output for the next SQL command only to FILE',
    completes: 'path',
    run: (shell, args) => redirect(shell, oneArgument(args), true),
  },
  {
    name: 'output',
    parameters: '?FILE?',
    description: 'Send output to FILE or stdout if FILE is omitted',
    completes: 'path',
    run: (shell, args) => {
      if (args.length === 0 || args[0] === 'stdout') shell.output.restore();
      else redirect(shell, oneArgument(args), false);
    },
  },
  {
    name: 'print',
    parameters: 'STRING...',
    description: 'Print literal STRING',
    run: ({ output }, args) => output.write(`${args.join(' ')}\n`),
  },
  toggle('timer', 'timer', 'Turn SQL timer on or off'),
];
