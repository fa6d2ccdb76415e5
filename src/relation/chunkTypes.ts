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
 * Checks that the chunks of a running statement have the types that their reader expects. The types differ
 * when the relation changes after it was described, and values of another width must not be read.
 */
export class ChunkTypes {
  readonly #functionName: string;
  readonly #relation: Relation;
  readonly #columns: readonly ReadColumn[];
  #known = false;

  constructor(functionName: string, relation: Relation, columns: readonly ReadColumn[]) {
    this.#functionName = functionName;
    this.#relation = relation;
    this.#columns = columns;
  }

  /**
   * `first` is the number of the vector with the first column.
   * @throws RelationChanged when a type differs.
   */
  check(chunk: DuckDBDataChunk, first: number): void {
    for (const [i, { expression, type }] of this.#columns.entries()) {
      // Types do not change while a statement runs, so the members of an ENUM are compared once.
      if (vectorHolds(columnVector(chunk, first + i), type, !this.#known)) continue;
      throw new RelationChanged(
        this.#functionName,
        `${expression} of relation ${quotedString(this.#relation.text)} is no longer ${type.toString()}`,
      );
    }
    this.#known = true;
  }
}
