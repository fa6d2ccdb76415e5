import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';

// What options take: each returns the value of a text, or throws what commander prints.

/** An integer of at least `min`. */
export const wholeNumber =
  (min: number) =>
  (text: string): number => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!Number.isSafeInteger(value) || value < min)
      throw new InvalidArgumentError(`must be an integer of at least ${min}.`);
    return value;
  };

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

/** A path; `file:///…` is the local file it names. */
export function path(text: string): string {
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
