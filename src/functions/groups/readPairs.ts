import { BOOLEAN, DOUBLE, DuckDBTypeId, quotedIdentifier, quotedString, UBIGINT } from '@duckdb/node-api';
import type { Column } from '../../columns/column.ts';
import { createColumn } from '../../columns/createColumn.ts';
import { bytesOf, doubleValues, hashValues } from '../../columns/fixedWidthColumn.ts';
import { columnVector } from '../../columns/native.ts';
import { numberValues } from '../../columns/numberValues.ts';
import { sameType } from '../../columns/types.ts';
import type { ComputeContext } from '../../connection/job.ts';
import { invalidInputError } from '../../errors.ts';
import type { ReadColumn } from '../../relation/chunkTypes.ts';
import { collated } from '../../relation/expression.ts';
import { forEachChunk } from '../../relation/takeFunction.ts';
import type { PairSource } from './pairSource.ts';

/** The pairs within eps. Rows are numbered as they first appear, those of another relation last. */
export interface ReadPairs {
  /** The id of row r is value `place[r]`. */
  readonly ids: Column;
  readonly place: Int32Array;
  /** The first row of the other relation. */
  readonly firstAgainst: number;
  /** By pair. */
  readonly row: Int32Array;
  readonly other: Int32Array;
  readonly score: Float64Array;
  /** The ranks of both rows, by pair. NaN for NULL. Defined only with `all`. */
  readonly rank?: Float64Array;
  readonly otherRank?: Float64Array;
  /** By pair, 1 when the row has the same bytes as the other row. */
  readonly isCopy?: Uint8Array;
  /** By pair, 1 when the other row is protected. */
  readonly otherProtected?: Uint8Array;
}

/** The pairs within `eps`, in any order. @throws NearduckError (Invalid Input Error) for ids of NULL. */
export async function readPairs(
  { connection, signal, progress }: ComputeContext,
  { functionName, relation, id, other, score, inAgainst, all }: PairSource,
  eps: number,
): Promise<ReadPairs> {
  const names = [id, other].map(({ name, type }) =>
    sameType(type, id.type)
      ? quotedIdentifier(name)
      : `CAST(${quotedIdentifier(name)} AS ${id.type.toString()})`,
  );
  const isText = id.type.typeId === DuckDBTypeId.VARCHAR;
  const keys = isText ? await Promise.all(names.map((name) => collated(connection, relation, name))) : names;
  const hasKeys = keys.some((key, i) => key !== names[i]);
  const flagged = [inAgainst, all?.isCopy, all?.otherProtected];
  const flags = flagged.filter((flag) => flag !== undefined);
  const numbers = [score, ...(all ? [all.rank, all.otherRank] : [])];
  const columns: ReadColumn[] = [
    ...names.map((expression) => ({ expression, type: id.type })),
    ...keys.map((key) => ({ expression: `hash(${key})`, type: UBIGINT })),
    ...(hasKeys ? keys.map((expression) => ({ expression, type: id.type })) : []),
    ...numbers.map(({ name }) => ({ expression: `CAST(${quotedIdentifier(name)} AS DOUBLE)`, type: DOUBLE })),
    ...flags.map(({ name }) => ({ expression: `coalesce(${quotedIdentifier(name)}, false)`, type: BOOLEAN })),
  ];
  const isWanted = duplicateCondition(quotedIdentifier(score.name), eps);
  const wanted = { ...relation, from: `(SELECT * FROM ${relation.from} WHERE ${isWanted})` };
  // Both ids of a pair are appended to one column, per chunk: first the ids of the rows, then those of the
  // other rows.
  const [ids, hashes] = [createColumn(id.type), createColumn(UBIGINT)];
  const compared = hasKeys ? createColumn(id.type) : ids;
  const rest = columns.slice(hasKeys ? 6 : 4).map(({ type }) => createColumn(type));
  const chunks: number[] = [];
  let total = 0;
  await forEachChunk(connection, functionName, wanted, columns, (chunk) => {
    signal.throwIfAborted();
    const { rowCount } = chunk;
    const targets = [ids, ids, hashes, hashes, ...(hasKeys ? [compared, compared] : []), ...rest];
    targets.forEach((column, i) => column.append(columnVector(chunk, 1 + i), rowCount));
    chunks.push(rowCount);
    total += rowCount;
    progress({ step: 'read pairs', done: total });
  });
  checkIds(functionName, relation.text, ids, [id.name, other.name], chunks);
  const { number, first } = numberValues(compared, hashValues(hashes));
  const [row, others] = splitChunks(number, chunks, total);
  const [scores, rank, otherRank] = rest.slice(0, numbers.length).map(doubleValues);
  const [against, isCopy, otherProtected] = flagged.map(
    (flag) => flag && bytesOf(rest[numbers.length + flags.indexOf(flag)]),
  );
  const ofPairs = { row, score: scores, rank, otherRank, isCopy, otherProtected };
  const pairs = { ids, ...ofPairs, firstAgainst: first.length };
  if (!against) return { ...pairs, place: first, other: others };
  const place = new Int32Array(2 * first.length);
  place.set(first);
  place.set(first, first.length);
  return { ...pairs, place, other: others.map((r, i) => r + against[i] * first.length) };
}

/** Separates the two sides of values that were appended chunk by chunk. */
function splitChunks(number: Int32Array, chunks: readonly number[], total: number): [Int32Array, Int32Array] {
  const [row, other] = [new Int32Array(total), new Int32Array(total)];
  let at = 0;
  for (const count of chunks) {
    row.set(number.subarray(2 * at, 2 * at + count), at);
    other.set(number.subarray(2 * at + count, 2 * (at + count)), at);
    at += count;
  }
  return [row, other];
}

function checkIds(
  functionName: string,
  text: string,
  ids: Column,
  names: readonly string[],
  chunks: readonly number[],
): void {
  const nulls = [0, 0];
  let at = 0;
  for (const count of chunks) {
    for (const side of [0, 1]) for (const end = at + count; at < end; at++) if (ids.isNull(at)) nulls[side]++;
  }
  names.forEach((name, side) => {
    if (nulls[side] === 0) return;
    throw invalidInputError(
      `${functionName}: column ${quotedIdentifier(name)} of relation ${quotedString(text)} is NULL in ` +
        `${nulls[side]} pairs; filter them out`,
    );
  });
}

/** The macro `is_duplicate` as SQL, for connections without macros. It is false for NULL. */
export const duplicateCondition = (score: string, eps: number): string =>
  `(coalesce(isfinite(${score}), false) AND ${score} > 0 AND ${score}::DOUBLE >= 1::DOUBLE - ${eps}::DOUBLE)`;
