import { spawnSync } from 'node:child_process';
import type { Shell } from '../shell/shell.ts';
import { versionText } from '../versions.ts';
import { command, type DotCommand, toggle, WrongUsage } from './dotCommand.ts';

const exit = (name: string): DotCommand =>
  command(`${name} ?CODE?`, 'Exit this program with return-code CODE', (shell, [code = '0']) => {
    if (!/^\d+$/.test(code)) throw new WrongUsage();
    shell.exit(Number(code));
  });

const system = (name: string, alias?: string): DotCommand =>
  command(
    `${name} CMD ARGS...`,
    'Run CMD ARGS... in a system shell',
    (_, args) => {
      // Programs such as editors expect a terminal in its normal mode.
      const { stdin } = process;
      const { isRaw } = stdin;
      if (isRaw) stdin.setRawMode(false);
      const line = args.map((word) => (/\s/.test(word) ? JSON.stringify(word) : word)).join(' ');
      const { status, signal } = spawnSync(line, { shell: true, stdio: 'inherit' });
      if (isRaw) stdin.setRawMode(true);
      if (status !== 0) throw new Error(`System command returned ${signal ?? String(status)}`);
    },
    { alias, completes: 'path' },
  );

function redirect(shell: Shell, path: string, once: boolean): void {
  try {
    shell.output.redirect(path, once);
  } catch (error) {
    throw new Error(`Error: cannot open "${path}"`, { cause: error });
  }
}

function changeDirectory(directory: string): void {
  try {
    process.chdir(directory);
  } catch (error) {
    throw new Error(`Cannot change to directory "${directory}"`, { cause: error });
  }
}

const completes = 'path';

/** Commands that steer the run, and where output goes. */
export const sessionCommands: readonly DotCommand[] = [
  toggle('bail', 'Stop a script after an error. Default: off for piped scripts, on for -c and -f'),
  command(
    'cd DIRECTORY',
    'Change the working directory to DIRECTORY',
    (_, [directory]) => changeDirectory(directory),
    { completes },
  ),
  toggle('echo', 'Turn command echo on or off'),
  exit('exit'),
  exit('quit'),
  system('shell', 'sh'),
  system('system'),
  command(
    'once FILE',
    'Output for the next SQL command only to FILE',
    (shell, [path]) => redirect(shell, path, true),
    { completes },
  ),
  command(
    'open ?--readonly? ?FILE?',
    'Close existing database and reopen FILE',
    async (shell, args) => {
      const files = args.filter((word) => !/^--?readonly$/.test(word));
      if (files.length > 1 || files[0]?.startsWith('-')) throw new WrongUsage();
      await shell.open(files[0] ?? ':memory:', files.length < args.length);
    },
    { completes },
  ),
  command(
    'output ?FILE?',
    'Send output to FILE or stdout if FILE is omitted',
    (shell, [path = 'stdout']) => {
      if (path === 'stdout') shell.output.restore();
      else redirect(shell, path, false);
    },
    { completes },
  ),
  command('print STRING...', 'Print literal STRING', ({ output }, args) =>
    output.write(`${args.join(' ')}\n`),
  ),
  command('prompt MAIN ?CONTINUE?', 'Replace the standard prompts', ({ settings }, [main, next]) => {
    settings.prompts = [main, next ?? settings.prompts[1]];
  }),
  command(
    'read FILE',
    'Read input from FILE; nearduck:NAME is a script of this package',
    async (shell, [path]) => {
      if (!(await shell.runFile(path))) throw new Error(`Error: cannot open "${path}"`);
    },
    { completes },
  ),
  command('show', 'Show the current values for various settings', async ({ settings, output, database }) => {
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
  }),
  toggle('timer', 'Turn SQL timer on or off'),
  command('version', 'Show the version', async ({ output }) => output.write(`${await versionText()}\n`)),
];
