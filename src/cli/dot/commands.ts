import { catalogCommands, importCommand } from './catalogCommands.ts';
import { displayCommands } from './displayCommands.ts';
import { type DotCommand, WrongUsage } from './dotCommand.ts';
import { helpText } from './help.ts';
import { outputCommands, sessionCommands } from './sessionCommands.ts';
import { wrapLines } from '../../text/wrapLines.ts';

const help: DotCommand = {
  name: 'help',
  parameters: '?COMMAND|FUNCTION?',
  description: 'Show this list, or help for one command or function',
  completes: 'topic',
  run: async (shell, args) => {
    if (args.length > 1) throw new WrongUsage();
    await shell.output.write(wrapLines(helpText(dotCommands, args[0]), shell.renderSettings.maxWidth));
  },
};

/** All commands, in the order `.help` lists them. */
export const dotCommands: readonly DotCommand[] = [
  ...catalogCommands,
  ...displayCommands,
  help,
  importCommand,
  ...outputCommands,
  ...sessionCommands,
].toSorted((a, b) => a.name.localeCompare(b.name));
