import { fileURLToPath } from 'node:url';
import { type Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { declaredLines } from '../text/declaredLines.ts';

// Parsers of option values. Each returns the value of a text, or throws the error that commander prints.

/** An integer from `min` to `max`. */
export const wholeNumber =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`must be an integer ${range}.`);
  };

/** DuckDB starts every one, and more than 32 bits hold are an INTERNAL error there. */
export const MAX_THREADS = 4096;

/** A number in [0, 1]; `name` is what the error calls it. */
export const share =
  (name: string) =>
  (text: string): number => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError(`${name} must be a number in [0, 1].`);
    return value;
  };

/** A number of at least 0. */
export function distance(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= 0 && value < Infinity)) throw new InvalidArgumentError('must be a number of at least 0.');
  return value;
}

/** Any text but an empty one. */
export function filled(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('must not be empty.');
  return text;
}

/** One more path. */
export function paths(text: string, before: string[] | undefined): string[] {
  const all = before ?? [];
  all.push(path(text));
  return all;
}

/** A path; `file:///…` is the local file it names. */
export function path(text: string): string {
  // Node replaces invalid UTF-8 by this character, so the path would name another file.
  if (text.includes('\ufffd')) throw new InvalidArgumentError('must be valid UTF-8.');
  if (!/^file:\/\//i.test(filled(text))) return text;
  try {
    return fileURLToPath(text);
  } catch (cause) {
    throw new InvalidArgumentError(
      `must be a path or a file URL such as file:///data: ${(cause as Error).message}.`,
    );
  }
}

/** Names with commas between them. */
export const columns = (text: string): string[] => text.split(',').map((name) => filled(name.trim()));

const PARSERS: Readonly<
  Record<string, (limits: readonly number[], option: string) => (text: string, before: never) => unknown>
> = {
  integer: ([min, max]) => wholeNumber(min, max),
  share: (_, option) => share(option),
  distance: () => distance,
  text: () => filled,
  path: () => path,
  columns: () => columns,
};

/** `--name <argument> parser(limits) in (choices) := default not with others required: description`. */
const OPTION =
  /^(--([\w-]+)( <[^>]+>)?)(?: (\w+)(?:\((.+?)\))?)?(?: in \((.+?)\))?(?: := (\S+))?(?: not with (.+?))?( required)?: (.+)$/;

/** Adds options to a command, one per line, as `declaredLines` reads them. Flags are false by default. */
export function addOptions(command: Command, text: string): Command {
  for (const line of declaredLines(text)) {
    const [, flags, name, argument, kind, limits, choices, fallback, others, required, description] =
      OPTION.exec(line)!;
    const option = new Option(flags, description);
    const parser = PARSERS[kind]?.((limits ?? '').split(', ').filter(Boolean).map(Number), name);
    if (parser) option.argParser(parser as (text: string) => unknown);
    if (choices) option.choices(choices.split(', '));
    if (others) option.conflicts(others.split(', '));
    if (fallback) option.default(parser ? parser(fallback, undefined as never) : fallback);
    if (argument === undefined) option.default(false);
    command.addOption(option.makeOptionMandatory(required !== undefined));
  }
  return command;
}

/** A command with its options, or the exit code after it printed help or an error. */
export function parseCommand(command: Command, args: readonly string[]): Command | number {
  try {
    return command.exitOverride().parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    throw error;
  }
}
