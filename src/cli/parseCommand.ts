import { CommanderError, type Command } from 'commander';

/**
 * A command with its arguments and options, or the exit code when it only asked for help or is wrong (the
 * message is printed).
 */
export function parseCommand(command: Command, args: readonly string[]): Command | number {
  try {
    return command.exitOverride().parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    throw error;
  }
}
