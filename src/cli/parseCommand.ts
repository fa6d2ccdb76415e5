import { CommanderError, type Command } from 'commander';

/** A command with its options, or the exit code after it printed help or an error. */
export function parseCommand(command: Command, args: readonly string[]): Command | number {
  try {
    return command.exitOverride().parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    throw error;
  }
}
