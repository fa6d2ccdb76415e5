import { versionText } from '../versions.ts';
import { type DotCommand, oneArgument, onOff, WrongUsage } from './dotCommand.ts';

const flag = (value: boolean): string => (value ? 'on' : 'off');

const exit: Omit<DotCommand, 'name'> = {
  parameters: '?CODE?',
  description: 'Exit this program with return-code CODE',
  run: (shell, args) => {
    const code = args.length === 0 ? '0' : oneArgument(args);
    if (!/^\d+$/.test(code)) throw new WrongUsage();
    shell.exit(Number(code));
  },
};

/** Commands that steer the run. */
export const sessionCommands: readonly DotCommand[] = [
  {
    name: 'bail',
    parameters: 'on|off',
    description: 'Stop after hitting an error.  Default ON in scripts, OFF in the interactive shell',
    run: ({ settings }, args) => {
      settings.bail = onOff(args);
    },
  },
  {
    name: 'cd',
    parameters: 'DIRECTORY',
    description: 'Change the working directory to DIRECTORY',
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
  {
    name: 'read',
    parameters: 'FILE',
    description: 'Read input from FILE',
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
        echo: flag(settings.echo),
        headers: flag(settings.headers),
        mode: settings.mode,
        nullvalue: JSON.stringify(settings.nullValue),
        output: output.path ?? 'stdout',
        colseparator:
          settings.columnSeparator === undefined ? 'mode' : JSON.stringify(settings.columnSeparator),
        rowseparator: settings.rowSeparator === undefined ? 'mode' : JSON.stringify(settings.rowSeparator),
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
