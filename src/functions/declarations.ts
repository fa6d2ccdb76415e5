import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  FLOAT,
  INTEGER,
  LIST,
  VARCHAR,
  type DuckDBType,
} from '@duckdb/node-api';
import type { NamedColumn } from '../columns/types.ts';
import { declaredLines } from '../text/declaredLines.ts';

// Functions are declared as their documentation says it, and macros by comments of the same form.

/** A parameter, as in DuckDB's documentation. */
export interface Parameter {
  readonly name: string;
  readonly type: DuckDBType;
  /** True when a list of that type is accepted as well. Default: false. */
  readonly isList?: boolean;
  /** The default value as SQL text, or words such as `none`. Undefined for positional parameters. */
  readonly default?: string;
  /** The accepted texts, in any case. Undefined when other values are accepted. */
  readonly choices?: readonly string[];
  /** True when NULL has a meaning. Default: false. */
  readonly takesNull?: boolean;
  /** True when NULL selects the default. Default: false, in which case NULL is an error or means `none`. */
  readonly isNullDefault?: boolean;
  readonly description: string;
}

/** A column of a result. The documentation, the typed helpers and the bind use this definition. */
export interface CatalogueColumn {
  readonly name: string;
  /** A DuckDB type, `id` for that of the id column, or `any` or `FLOAT[n]` if it is known at bind. */
  readonly type: string;
  /** True when some rows have NULL: the note begins with NULL. */
  readonly isNullable: boolean;
  /** A remark in parentheses. */
  readonly note?: string;
  /** The condition that adds the column: a parameter, or `copies := false`. Default: always present. */
  readonly with?: string;
}

const TYPES: Readonly<Record<string, DuckDBType>> = {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  FLOAT,
  INTEGER,
  VARCHAR,
  'FLOAT[]': LIST(FLOAT),
  'INTEGER[]': LIST(INTEGER),
};

/** `name TYPE := default in (choices): description`. */
const PARAMETER = /^(\w+) (\w+)( or \w+\[\])?( or NULL)?(?: := (.+?)( or NULL)?)?(?: in \((.+?)\))?: (.+)$/;

/**
 * Parses parameters, one per line, as `declaredLines` reads them. Behind the type, `or TYPE[]` accepts lists too, and `or NULL` gives NULL a meaning; behind the default, it selects the default.
 */
export function parametersOf(text: string): Parameter[] {
  return declaredLines(text).map((line) => {
    const [, name, type, list, meaning, fallback, selects, choices, description] = PARAMETER.exec(line)!;
    return {
      name,
      type: TYPES[type],
      isList: list !== undefined,
      default: fallback,
      choices: choices?.split(', '),
      takesNull: meaning !== undefined,
      isNullDefault: selects !== undefined,
      description,
    };
  });
}

const COLUMN = /^(\w+)(?: ([A-Z]+(?:\(.+?\))?(?:\[\w*\])?))?(?: \((.+)\))?$/;

/** Parses columns such as `id, score FLOAT (NULL: none); with rule, kept_id`. Undefined for other texts. */
export function columnsOf(returns: string): CatalogueColumn[] | undefined {
  const groups = returns.split(/; with (?![^(]*\))/).map((group, i) => {
    const texts = group.split(/, (?![^(]*\))/);
    const condition = i === 0 ? undefined : texts.shift();
    return texts.map((text) => ({ condition, match: COLUMN.exec(text) }));
  });
  const columns = groups.flat();
  if (columns.some(({ match }) => match === null)) return undefined;
  return columns.map(({ condition, match }) => {
    const [, name, type = /(?:^|_)id$/.test(name) ? 'id' : 'any', note] = match!;
    return { name, type, note, isNullable: /^NULL\b/.test(note ?? ''), with: condition };
  });
}

/** The columns of a call with those that `added` adds. `types`: those that are known at bind. */
export function boundColumns(
  returns: string,
  types: Readonly<Record<string, DuckDBType>> = {},
  added: readonly (string | false | undefined)[] = [],
): NamedColumn[] {
  return columnsOf(returns)!
    .filter((column) => column.with === undefined || added.includes(column.with))
    .map(({ name, type }) => ({ name, type: types[name] ?? (type === 'id' ? types.id : TYPES[type]) }));
}
