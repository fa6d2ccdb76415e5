import { BrokenPipe } from '../shell/output.ts';
import type { Shell } from '../shell/shell.ts';
import { didYouMean } from '../../text/suggestions.ts';
import { dotCommands } from './commands.ts';
import { checkCount, type DotCommand, WrongUsage } from './dotCommand.ts';
import { splitArguments } from './splitArguments.ts';

/** Runs a line that starts with a dot. Names may be shortened as long as they are unambiguous. */
export async function runDotCommand(shell: Shell, line: string): Promise<void> {
  shell.beginCommand();
  if (shell.settings.echo) await shell.output.write(`${line}\n`);
  const [name = '', ...args] = splitArguments(line.slice(1));
  try {
    const command = find(name);
    checkCount(command, args.length);
    await command.run(shell, args);
  } catch (error) {
    if (error instanceof BrokenPipe) throw error;
    shell.fail(error instanceof WrongUsage ? usageError(find(name)) : error);
  }
}

function find(name: string): DotCommand {
  const exact = dotCommands.find((command) => command.name === name || command.alias === name);
  if (exact) return exact;
  const [match, ...others] =
    name === '' ? [] : dotCommands.filter((command) => command.name.startsWith(name));
  if (match && others.length === 0) return match;
  const absent = absentCommand(name);
  if (absent !== undefined) throw new Error(absent);
  const all = others.length > 0 ? [match!, ...others] : dotCommands;
  const names = all.map((command) => `.${command.name}`);
  const hint = others.length > 0 ? `It could be: ${names.join(', ')}` : didYouMean(`.${name}`, names);
  throw new Error(
    `Unknown Command Error: Unrecognized command '${name}'\n\n${hint}${hint && '\n'}Run '.help' for ` +
      'more information.',
  );
}

function usageError({ name, parameters }: DotCommand): Error {
  const usage = `.${name} ${parameters}`.trimEnd();
  return new Error(`Invalid Command Error: Invalid usage of command '.${name}'\n\nUsage: '${usage}'`);
}

/** Commands of DuckDB's shell that are not supported, and their replacements. */
const replacements: Readonly<Record<string, string>> = {
  binary: "COPY … TO 'file'",
  columns: '.mode line',
  decimal_sep: "format('{:,}', value)",
  dump: "EXPORT DATABASE 'folder'",
  edit: '.shell with your editor, then .read',
  excel: "COPY … TO 'rows.csv'",
  indexes: 'FROM duckdb_indexes()',
  large_number_rendering: "format('{:,}', value)",
  last: '.maxrows COUNT, and run the statement again',
  log: '.output FILE',
  pager: 'a pipe: nearduck … | less -S',
  progress_bar: 'SET enable_progress_bar = false',
  rows: '.mode duckbox',
  safe_mode: 'SET enable_external_access = false',
  thousand_sep: "format('{:,}', value)",
  width: '.maxwidth COUNT',
};

const withoutReplacement = new Set(
  (
    'changes display_colors highlight highlight_colors highlight_errors highlight_mode highlight_results multiline ' +
    'read_line_version render_completion render_errors singleline startup_text ui_command'
  ).split(' '),
);

/** The error for a command of DuckDB's shell that is not supported; undefined for other names. */
function absentCommand(name: string): string | undefined {
  const replacement = Object.hasOwn(replacements, name) ? `: use ${replacements[name]}` : '';
  if (replacement === '' && !withoutReplacement.has(name)) return undefined;
  return `Not Implemented Error: '.${name}' is not supported${replacement}`;
}
