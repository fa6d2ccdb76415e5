import type { Shell } from '../shell/shell.ts';

/** A command of the shell itself, such as `.mode`. */
export interface DotCommand {
  readonly name: string;
  /** A short form that would otherwise be ambiguous. */
  readonly alias?: string;
  /** As shown in usage messages: `MODE ?TABLE?`. */
  readonly parameters: string;
  readonly description: string;
  /** Lines that `.help NAME` adds. */
  readonly details?: readonly string[];
  /** What the tab key completes in its arguments. */
  readonly completes?: 'mode' | 'path' | 'topic';
  /** @throws {WrongUsage} when the arguments do not fit `parameters`. */
  run(shell: Shell, args: readonly string[]): Promise<void> | void;
}

/** Tells the caller to print how the command is used. */
export class WrongUsage extends Error {
  constructor() {
    super('wrong usage');
    this.name = 'WrongUsage';
  }
}

/** The only argument of a command that takes exactly one. */
export function oneArgument(args: readonly string[]): string {
  const [argument] = args;
  if (argument === undefined || args.length > 1) throw new WrongUsage();
  return argument;
}

/** The argument of an on/off command. */
export function onOff(args: readonly string[]): boolean {
  const argument = oneArgument(args).toLowerCase();
  if (['on', 'yes', 'true', '1'].includes(argument)) return true;
  if (['off', 'no', 'false', '0'].includes(argument)) return false;
  throw new WrongUsage();
}
