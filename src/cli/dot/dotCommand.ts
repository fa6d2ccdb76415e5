import type { Shell } from '../shell/shell.ts';

type Run = (shell: Shell, args: readonly string[]) => Promise<void> | void;

/** A command of the shell itself, such as `.mode`. */
export interface DotCommand {
  readonly name: string;
  /** As shown in usage messages: `MAIN ?CONTINUE?`, `CMD ARGS...`. The number of arguments must fit them. */
  readonly parameters: string;
  readonly description: string;
  /** @throws WrongUsage when the arguments do not fit `parameters`. */
  readonly run: Run;
  /** A short form that would otherwise be ambiguous. */
  readonly alias?: string;
  /** Lines that `.help NAME` adds. */
  readonly details?: readonly string[];
  /** What the tab key completes in its arguments. */
  readonly completes?: 'mode' | 'path' | 'topic';
  /** Maximum number of arguments, where it is not that of `parameters`. */
  readonly most?: number;
}

/** A command. `title` is its name and parameters. */
export function command(
  title: string,
  description: string,
  run: Run,
  more: Pick<DotCommand, 'alias' | 'details' | 'completes' | 'most'> = {},
): DotCommand {
  const [name, ...parameters] = title.split(' ');
  return { name, parameters: parameters.join(' '), description, run, ...more };
}

/** Tells the caller to print how the command is used. */
export class WrongUsage extends Error {
  constructor() {
    super('wrong usage');
    this.name = 'WrongUsage';
  }
}

/** @throws WrongUsage when a command cannot have this number of arguments. */
export function checkCount({ parameters, most }: DotCommand, count: number): void {
  const words = (text: string): number => text.split(' ').filter(Boolean).length;
  const limit = most ?? (parameters.includes('...') ? Infinity : words(parameters));
  if (count > limit || count < words(parameters.replaceAll(/\?[^?]*\?|\S+\.\.\./g, '')))
    throw new WrongUsage();
}

/** A command that turns a setting on or off. */
export const toggle = (name: 'bail' | 'echo' | 'headers' | 'timer', description: string): DotCommand =>
  command(`${name} on|off`, description, ({ settings }, [argument]) => {
    const isOn = ['on', 'yes', 'true', '1'].includes(argument.toLowerCase());
    if (!isOn && !['off', 'no', 'false', '0'].includes(argument.toLowerCase())) throw new WrongUsage();
    settings[name] = isOn;
  });

/** A command that sets a number, or prints it as `title`. */
export const count = (setting: 'maxRows' | 'maxWidth', title: string, description: string): DotCommand =>
  command(`${setting.toLowerCase()} ?COUNT?`, description, async ({ settings, output }, [argument]) => {
    if (argument === undefined) return output.write(`current ${title}: ${settings[setting]}\n`);
    if (!/^\d+$/.test(argument)) throw new WrongUsage();
    settings[setting] = Number(argument);
  });
