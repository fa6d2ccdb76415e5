import { BOOLEAN, DOUBLE, quotedIdentifier, quotedString } from '@duckdb/node-api';
import { isColumnType } from '../../columns/createColumn.ts';
import { INTEGER_TYPES, NUMBER_TYPES, sameType, type NamedColumn } from '../../columns/types.ts';
import { binderError } from '../../errors.ts';
import { requireColumn } from '../../relation/embeddingType.ts';
import { findColumn, type Relation } from '../../relation/relation.ts';

/** A relation of pairs. */
export interface PairSource {
  readonly functionName: string;
  readonly relation: Relation;
  readonly id: NamedColumn;
  /** The other row: `max_id` or `other_id`. */
  readonly other: NamedColumn;
  readonly score: NamedColumn;
  /** True when the other row belongs to another relation, whose ids may be the same. */
  readonly inAgainst?: NamedColumn;
  /** Defined when the relation has all pairs, not only the best pair of each row. */
  readonly all?: {
    readonly rank: NamedColumn;
    readonly otherRank: NamedColumn;
    /** Defined when rows with the same bytes are only paired with the first of them. */
    readonly isCopy?: NamedColumn;
    /** True when the other row is protected: no component drops it. */
    readonly otherProtected?: NamedColumn;
  };
}

const REMEDY = 'pass the result of pairwise, kmeans_pairwise or similar_pairs';

/** Finds the columns of a relation of pairs. @throws NearduckError (Binder Error) when it lacks them. */
export function pairSource(functionName: string, relation: Relation): PairSource {
  const column = (name: string, remedy = REMEDY): NamedColumn =>
    requireColumn(functionName, relation, name, remedy);
  const mustBe = ({ name, type }: NamedColumn, isRight: boolean, what: string): void => {
    if (isRight) return;
    throw binderError(
      `${functionName}: column ${quotedIdentifier(name)} of relation ${quotedString(relation.text)} ` +
        `must be ${what}, got ${type.toString()}; ${REMEDY}`,
    );
  };
  const id = column('id');
  mustBe(id, isColumnType(id.type), 'a scalar');
  const isAll = findColumn(relation, 'other_id') !== undefined;
  const other = column(isAll ? 'other_id' : 'max_id');
  // A literal such as 0 can be INTEGER while the other ids are BIGINT.
  const areIntegers = [id, other].every(({ type }) => INTEGER_TYPES.has(type.typeId));
  mustBe(other, areIntegers || sameType(id.type, other.type), `of the type of "id", ${id.type.toString()}`);
  const score = column('cosine_sim_score');
  mustBe(score, NUMBER_TYPES.has(score.type.typeId), 'a number');
  const inAgainst = findColumn(relation, isAll ? 'other_in_against' : 'max_in_against');
  const [isCopy, otherProtected] = ['is_copy', 'other_protected'].map((name) =>
    isAll ? findColumn(relation, name) : undefined,
  );
  for (const flag of [inAgainst, isCopy, otherProtected])
    if (flag) mustBe(flag, flag.type.typeId === BOOLEAN.typeId, 'a BOOLEAN');
  if (!isAll) return { functionName, relation, id, other, score, inAgainst };
  const remedy = 'pairs with other_id need the ranks of both rows, as similar_pairs returns them';
  const [rank, otherRank] = ['rank', 'other_rank'].map((name) => column(name, remedy));
  for (const ranks of [rank, otherRank]) mustBe(ranks, INTEGER_TYPES.has(ranks.type.typeId), 'an integer');
  const all = { rank, otherRank, isCopy, otherProtected };
  return { functionName, relation, id, other, score, inAgainst, all };
}

/** True when the scores are DOUBLE, as `similar_pairs` returns them. */
export const isDouble = ({ score }: PairSource): boolean => score.type.typeId === DOUBLE.typeId;
