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

/** A command that turns a setting on or off. */
export const toggle = (
  name: string,
  setting: 'bail' | 'echo' | 'headers' | 'timer',
  description: string,
): DotCommand => ({
  name,
  parameters: 'on|off',
  description,
  run({ settings }, args) {
    const argument = oneArgument(args).toLowerCase();
    const isOn = ['on', 'yes', 'true', '1'].includes(argument);
    if (!isOn && !['off', 'no', 'false', '0'].includes(argument)) throw new WrongUsage();
    settings[setting] = isOn;
  },
});

/** A command that sets a number, or prints it as `title`. */
export const count = (
  name: string,
  setting: 'maxRows' | 'maxWidth',
  title: string,
  description: string,
): DotCommand => ({
  name,
  parameters: '?COUNT?',
  description,
  async run({ settings, output }, args) {
    if (args.length === 0) return output.write(`current ${title}: ${settings[setting]}\n`);
    const argument = oneArgument(args);
    if (!/^\d+$/.test(argument)) throw new WrongUsage();
    settings[setting] = Number(argument);
  },
});
