import { sql, type RawBuilder } from 'kysely';
import { binderError } from '../errors.ts';

/** The types of ids that DuckDB returns: strings, numbers, and `bigint` for BIGINT. */
export type Id = string | number | bigint;

/** An object type with its members listed, which makes type hints readable. */
export type Plain<T> = { [K in keyof T]: T[K] } & {};

/** Options of a call, without those that are not `Allowed`. */
export type Only<Options, Allowed> = Options & { [K in Exclude<keyof Options, keyof Allowed>]: never };

/** The columns that an option adds. Optional when the type does not tell whether it is given. */
export type With<
  Options,
  Name extends PropertyKey,
  Columns,
  Value = NonNullable<unknown>,
> = Name extends keyof Options ? (Options[Name] extends Value ? Columns : Partial<Columns>) : unknown;

/**
 * Creates a call of a table function or table macro. `first` and the options listed in `positional` are
 * passed by position, the others by name, all as parameters of the statement. Options are in camel case.
 * @throws NearduckError (Binder Error) when a positional option is missing.
 */
export function tableCall<Row>(
  name: string,
  positional: readonly string[],
  first: unknown,
  options: object = {},
): RawBuilder<Row> {
  const given = new Map<string, unknown>(Object.entries(options).filter(([, value]) => value !== undefined));
  const values = positional.map((option) => {
    if (!given.has(option)) throw binderError(`${name}: the option ${option} is missing`);
    return given.get(option);
  });
  const named = [...given]
    .filter(([option]) => !positional.includes(option))
    .map(([option, value]) => sql`${sql.id(snakeCase(option))} := ${value}`);
  return sql<Row>`${sql.raw(name)}(${sql.join([first, ...values, ...named])})`;
}

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
