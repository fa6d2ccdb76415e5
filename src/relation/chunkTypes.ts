import { quotedString, type DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api';
import { columnVector } from '../columns/native.ts';
import { vectorHolds } from '../columns/types.ts';
import { RelationChanged } from '../errors.ts';
import type { Relation } from './relation.ts';

/** An expression to read, and the type that its values must have. */
export interface ReadColumn {
  readonly expression: string;
  readonly type: DuckDBType;
}

/**
 * Returns a function that checks the types of a chunk's vectors, from number `first` on. They differ when the
 * relation changes after it was described, and values of another width must not be read.
 * @throws RelationChanged when a type differs.
 */
export function chunkCheck(
  functionName: string,
  relation: Relation,
  columns: readonly ReadColumn[],
): (chunk: DuckDBDataChunk, first: number) => void {
  // Types do not change while a statement runs, so the members of an ENUM are compared once.
  let isKnown = false;
  return (chunk, first) => {
    for (const [i, { expression, type }] of columns.entries()) {
      if (vectorHolds(columnVector(chunk, first + i), type, !isKnown)) continue;
      throw new RelationChanged(
        functionName,
        `${expression} of relation ${quotedString(relation.text)} is no longer ${type.toString()}`,
      );
    }
    isKnown = true;
  };
}
