import { catalogCommands } from './catalogCommands.ts';
import { displayCommands } from './displayCommands.ts';
import { command, type DotCommand } from './dotCommand.ts';
import { helpText } from './help.ts';
import { sessionCommands } from './sessionCommands.ts';
import { wrapLines } from '../../text/wrapLines.ts';

const help = command(
  'help ?COMMAND|FUNCTION?',
  'Show this list, or help for one command or function',
  (shell, [pattern]) =>
    shell.output.write(wrapLines(helpText(dotCommands, pattern), shell.renderSettings.maxWidth)),
  { completes: 'topic' },
);

/** All commands, in the order `.help` lists them. */
export const dotCommands: readonly DotCommand[] = [
  ...catalogCommands,
  ...displayCommands,
  help,
  ...sessionCommands,
].toSorted((a, b) => a.name.localeCompare(b.name));
