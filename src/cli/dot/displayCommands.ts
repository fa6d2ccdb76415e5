import { modeName, modes } from '../modes/modes.ts';
import { count, type DotCommand, oneArgument, toggle, WrongUsage } from './dotCommand.ts';

/** Commands that change how results look. */
export const displayCommands: readonly DotCommand[] = [
  toggle('headers', 'headers', 'Turn display of headers on or off'),
  count(
    'maxrows',
    'maxRows',
    'max rows',
    'Sets the maximum number of rows for display (default: 40). Only for duckbox mode.',
  ),
  count(
    'maxwidth',
    'maxWidth',
    'max width',
    'Sets the maximum width in characters. 0 defaults to terminal width. Only for duckbox mode.',
  ),
  {
    name: 'mode',
    parameters: '?MODE?',
    description: 'Set output mode',
    details: [
      '  MODE is one of:',
      ...Object.entries(modes).map(([name, { description }]) => `    ${name.padEnd(18)}${description}`),
    ],
    completes: 'mode',
    run: async ({ settings, output }, args) => {
      const [mode, ...rest] = args;
      if (mode === undefined) {
        await output.write(`current output mode: ${settings.mode}\n`);
        return;
      }
      // Some unsupported modes of DuckDB take a table: name their replacement before the usage.
      settings.mode = modeName(mode);
      if (rest.length > 0) throw new WrongUsage();
      settings.columnSeparator = undefined;
      // As in DuckDB's shell; the option -csv ends lines with \n.
      settings.rowSeparator = mode === 'csv' ? '\r\n' : undefined;
    },
  },
  {
    name: 'nullvalue',
    parameters: 'STRING',
    description: 'Use STRING in place of NULL values',
    run: ({ settings }, args) => {
      settings.nullValue = oneArgument(args);
    },
  },
  {
    name: 'separator',
    parameters: 'COL ?ROW?',
    description: 'Change the column and row separators',
    run: ({ settings }, args) => {
      const [column, row, ...rest] = args;
      if (column === undefined || rest.length > 0) throw new WrongUsage();
      settings.columnSeparator = column;
      if (row !== undefined) settings.rowSeparator = row;
    },
  },
];
