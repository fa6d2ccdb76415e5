import { modeName, modes } from '../modes/modes.ts';
import { command, count, type DotCommand, toggle, WrongUsage } from './dotCommand.ts';

const modeDetails = [
  '  MODE is one of:',
  ...Object.entries(modes).map(([name, { description }]) => `    ${name.padEnd(18)}${description}`),
];

/** Commands that change how results look. */
export const displayCommands: readonly DotCommand[] = [
  toggle('headers', 'Turn display of headers on or off'),
  count(
    'maxRows',
    'max rows',
    'Sets the maximum number of rows for display (default: 40). Only for duckbox mode.',
  ),
  count(
    'maxWidth',
    'max width',
    'Sets the maximum width in characters. 0 defaults to terminal width. Only for duckbox mode.',
  ),
  command(
    'mode ?MODE?',
    'Set output mode',
    async ({ settings, output }, [mode, ...rest]) => {
      if (mode === undefined) return output.write(`current output mode: ${settings.mode}\n`);
      // Some unsupported modes of DuckDB take a table: name their replacement before the usage.
      settings.mode = modeName(mode);
      if (rest.length > 0) throw new WrongUsage();
      settings.columnSeparator = undefined;
      // As in DuckDB's shell; the option -csv ends lines with \n.
      settings.rowSeparator = mode === 'csv' ? '\r\n' : undefined;
    },
    { details: modeDetails, completes: 'mode', most: Infinity },
  ),
  command('nullvalue STRING', 'Use STRING in place of NULL values', ({ settings }, [text]) => {
    settings.nullValue = text;
  }),
  command('separator COL ?ROW?', 'Change the column and row separators', ({ settings }, [column, row]) => {
    settings.columnSeparator = column;
    if (row !== undefined) settings.rowSeparator = row;
  }),
];
