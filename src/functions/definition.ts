import {
  ANY,
  BIGINT,
  DOUBLE,
  DuckDBArrayValue,
  DuckDBListValue,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { BoundCall, TableFunction } from '../connection/tableFunction.ts';
import { binderError } from '../errors.ts';
import type { Relation } from '../relation/relation.ts';
import type { CatalogueColumn, Parameter } from './declarations.ts';

/** One table function: its entry in the catalogue, and the function that binds a call. */
export interface FunctionDefinition {
  readonly name: string;
  /** One line. */
  readonly description: string;
  /** Columns of the result, as `columnsOf` parses them, or a text when they depend on a file. */
  readonly returns: string;
  readonly positional: readonly Parameter[];
  readonly named: readonly Parameter[];
  /** A statement that can be run on a table `embeddings(id, embedding)`. */
  readonly example: string;
  bind(call: Arguments, relationOf: (text: string) => Relation): BoundCall;
}

type Declared = Pick<FunctionDefinition, 'name' | 'positional' | 'named'>;

/** The arguments of one call, with the declared defaults. They are checked when they are read. */
export class Arguments {
  readonly functionName: string;
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #values: Readonly<Record<string, DuckDBValue>>;

  /** @throws NearduckError (Binder Error) for a text that is none of the choices. */
  constructor({ name, positional, named }: Declared, values: Readonly<Record<string, DuckDBValue>>) {
    this.functionName = name;
    this.#parameters = new Map([...positional, ...named].map((parameter) => [parameter.name, parameter]));
    this.#values = values;
    for (const parameter of named)
      if (parameter.choices && (this.isGiven(parameter.name) || defaultOf(parameter) !== undefined))
        this.choice(parameter.name);
  }

  /** The same arguments, with the defaults of parameters that the function does not declare. */
  withDefaults(parameters: readonly Parameter[]): Arguments {
    const others = parameters.filter(({ name }) => !this.#parameters.has(name));
    const named = [...this.#parameters.values(), ...others];
    return new Arguments({ name: this.functionName, positional: [], named }, this.#values);
  }

  /** True when the call names the parameter, even with NULL. */
  has(name: string): boolean {
    return name in this.#values;
  }

  /** True when the call names the parameter with NULL. */
  isNull(name: string): boolean {
    return this.has(name) && this.#values[name] === null;
  }

  /** True when the call names the parameter with a value other than NULL. */
  isGiven(name: string): boolean {
    return this.has(name) && !this.isNull(name);
  }

  /** @throws NearduckError (Binder Error) for NULL or empty text, and when there is no default. */
  text(name: string): string {
    const value = this.#value(name);
    if (typeof value !== 'string' || value.trim() === '') throw this.error(name, 'must not be empty', value);
    return value;
  }

  /** One text or a list of texts. @throws NearduckError (Binder Error) for other values and an empty list. */
  texts(name: string): string[] {
    const value = this.#value(name);
    if (typeof value === 'string') return [this.text(name)];
    const items = value instanceof DuckDBListValue ? value.items : [];
    const texts = items.filter((item) => typeof item === 'string' && item.trim() !== '') as string[];
    if (texts.length === 0 || texts.length < items.length)
      throw this.error(name, 'must be text or a list of texts', value);
    return texts;
  }

  /** One of the choices, ignoring case. */
  choice<T extends string>(name: string): T {
    const value = this.text(name);
    const { choices = [] } = this.#parameters.get(name) ?? {};
    const found = choices.find((choice) => choice.toLowerCase() === value.toLowerCase());
    if (found === undefined) {
      throw this.error(
        name,
        `must be one of ${choices.map((choice) => `'${choice}'`).join(', ')}`,
        `'${value}'`,
      );
    }
    return found as T;
  }

  /** @throws NearduckError (Binder Error) for NULL. */
  flag(name: string): boolean {
    return this.#value(name) === true;
  }

  /** A whole number of at least `min`. */
  integer(name: string, min: number): number {
    const value = Number(this.#value(name));
    if (!Number.isSafeInteger(value) || value < min)
      throw this.error(name, `must be an integer of at least ${min}`, this.#value(name));
    return value;
  }

  /** Any number, including NaN. Its range depends on the rows. */
  anyNumber(name: string): number {
    return Number(this.#value(name));
  }

  /** A number in [min, max]. */
  between(name: string, min: number, max: number): number {
    const value = this.anyNumber(name);
    if (value >= min && value <= max) return value;
    throw this.error(name, `must be a number in [${min}, ${max}]`, value);
  }

  /** A finite number of at least `min`, or greater than `min` with `open`. */
  number(name: string, min: number, open = false): number {
    const value = Number(this.#value(name));
    if (!Number.isFinite(value) || value < min || (open && value === min))
      throw this.error(name, `must be a number ${open ? 'above' : 'of at least'} ${min}`, this.#value(name));
    return value;
  }

  /** A number in [0, 1]. */
  share(name: string): number {
    return this.between(name, 0, 1);
  }

  /** One number in [0, 1], or a list of them. */
  shares(name: string): number[] {
    const value = this.#value(name);
    const isList = value instanceof DuckDBListValue || value instanceof DuckDBArrayValue;
    const items: readonly DuckDBValue[] = isList ? value.items : [value];
    const numbers = items.map((item) => (item === null || item === '' ? NaN : Number(item)));
    if (numbers.length === 0 || !numbers.every((number) => number >= 0 && number <= 1))
      throw this.error(name, 'must be a number in [0, 1] or a list of them', value);
    return numbers;
  }

  /** The error for a value that breaks a rule. NULL and undefined read as NULL. */
  error(name: string, rule: string, value: unknown): Error {
    return binderError(`${this.functionName}: ${name} ${rule}, got ${String(value ?? 'NULL')}`);
  }

  #value(name: string): DuckDBValue {
    const parameter = this.#parameters.get(name);
    const isDefault = parameter?.isNullDefault ? !this.isGiven(name) : !this.has(name);
    const value = isDefault ? parameter && defaultOf(parameter) : this.#values[name];
    if (value === null || value === undefined)
      throw binderError(`${this.functionName}: ${name} must not be NULL`);
    return value;
  }
}

/** The value of a default. Undefined for words, and when there is none. */
function defaultOf({ default: text = '' }: Parameter): string | number | boolean | undefined {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text !== '' && Number.isFinite(Number(text))) return Number(text);
  return /^'([^']*)'$/.exec(text)?.[1];
}

/** Integers are bound as DOUBLE, because DuckDB would silently round `max_iter := 2.5` to a BIGINT. */
const boundType = ({ type, isList }: Parameter): DuckDBType =>
  isList ? ANY : type === BIGINT ? DOUBLE : type;

/** The table function DuckDB registers for a definition. */
export function tableFunctionOf(definition: FunctionDefinition): TableFunction {
  return {
    name: definition.name,
    parameterTypes: definition.positional.map(boundType),
    namedParameterTypes: Object.fromEntries(
      definition.named.map((parameter) => [parameter.name, boundType(parameter)]),
    ),
    bind({ positional, named }, relationOf) {
      const values = Object.fromEntries(
        definition.positional.map((parameter, i) => [parameter.name, positional[i]]),
      );
      return definition.bind(new Arguments(definition, { ...values, ...named }), relationOf);
    },
  };
}

/** One function or macro, as shown by `.help` and sql/README.md. */
export interface CatalogueEntry {
  readonly name: string;
  readonly kind: 'table function' | 'table macro' | 'scalar macro';
  readonly signature: string;
  readonly description: string;
  readonly returns: string;
  /** Undefined for scalar macros, and when the columns depend on a file. */
  readonly columns: readonly CatalogueColumn[] | undefined;
  readonly example: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly type: string;
    readonly default: string | undefined;
    /** The accepted texts. Undefined when other values are accepted. */
    readonly choices?: readonly string[];
    readonly takesNull?: boolean;
    readonly description: string;
  }[];
}
