import {
  DOUBLE,
  DuckDBTypeId,
  LIST,
  type DuckDBType,
  quotedIdentifier,
  quotedString,
} from '@duckdb/node-api';
import { INTEGER_TYPES, type NamedColumn } from '../columns/types.ts';
import { binderError } from '../errors.ts';
import { columnList, findColumn, type Relation } from './relation.ts';

/** The description of an embedding column for its reader. */
export interface EmbeddingColumn {
  /** The SELECT expression: the column itself, or a cast of its elements. */
  readonly expression: string;
  /** The type that the expression returns. */
  readonly type: DuckDBType;
  /** Bytes per element in the vector: 4 (FLOAT) or 8 (DOUBLE). */
  readonly elementBytes: 4 | 8;
  /** Elements per row, for fixed-size arrays. */
  readonly arrayLength?: number;
  /**
   * True for a BLOB of little-endian float32 elements, as `kmeans_assign` returns. Rows
   * of unit length stay as they are, so that the rows that k-means compared are read again bit for bit.
   */
  readonly isPacked?: boolean;
}

const NUMERIC = new Set([...INTEGER_TYPES, DuckDBTypeId.DECIMAL]);

/**
 * FLOAT and DOUBLE lists and arrays, and BLOBs of float32, are read as they are; other numbers are cast to
 * DOUBLE.
 * @throws NearduckError (Binder Error) when the column is missing or is not a list of numbers.
 */
export function embeddingColumn(functionName: string, relation: Relation, name: string): EmbeddingColumn {
  const column = requireColumn(functionName, relation, name, nameAnother('embedding'));
  const { type } = column;
  const quoted = quotedIdentifier(column.name);
  if (type.typeId === DuckDBTypeId.BLOB) return { expression: quoted, type, elementBytes: 4, isPacked: true };
  if (type.typeId === DuckDBTypeId.LIST || type.typeId === DuckDBTypeId.ARRAY) {
    const element = type.valueType.typeId;
    const arrayLength = type.typeId === DuckDBTypeId.ARRAY ? { arrayLength: type.length } : {};
    if (element === DuckDBTypeId.FLOAT) return { expression: quoted, type, elementBytes: 4, ...arrayLength };
    if (element === DuckDBTypeId.DOUBLE) return { expression: quoted, type, elementBytes: 8, ...arrayLength };
    if (NUMERIC.has(element)) {
      return { expression: `CAST(${quoted} AS DOUBLE[])`, type: LIST(DOUBLE), elementBytes: 8 };
    }
  }
  throw binderError(
    `${functionName}: column ${quoted} of relation ${quotedString(relation.text)} must be a list or array ` +
      `of numbers, got ${type.toString()}; name another one with embedding := '…' or cast it to FLOAT[]`,
  );
}

/** The remedy for an error about a column that a parameter names. */
export const nameAnother = (parameter: string): string => `name another one with ${parameter} := '…'`;

/** The column `name`. @throws NearduckError (Binder Error), which lists the columns and the remedy. */
export function requireColumn(
  functionName: string,
  relation: Relation,
  name: string,
  remedy: string,
): NamedColumn {
  const column = findColumn(relation, name);
  if (column) return column;
  throw binderError(
    `${functionName}: relation ${quotedString(relation.text)} has no column ${quotedIdentifier(name)}; ` +
      `${columnList(relation)}; ${remedy}`,
  );
}
