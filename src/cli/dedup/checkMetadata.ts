import { DuckDBTypeId, quotedIdentifier, quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { binderError } from '../../errors.ts';
import { columnList, columnsOf, findColumn, type Relation } from '../../relation/relation.ts';
import type { Session } from '../../session/session.ts';
import type { DedupOptions } from './options.ts';

/**
 * Checks before anything is computed that the metadata has the id column, and ids that can be compared with those of the
 * input. @throws NearduckError (Binder Error).
 */
export async function checkMetadata(
  { connection }: Session,
  input: Relation,
  { metadata, id }: DedupOptions,
): Promise<void> {
  if (metadata === undefined) return;
  const from = String(await scalar(connection, `SELECT from_text(${quotedString(metadata)})`));
  const relation: Relation = { text: metadata, from, columns: await columnsOf(connection, from) };
  const theirs = findColumn(relation, id);
  if (!theirs) {
    throw binderError(
      `dedup: metadata '${metadata}' has no column ${quotedIdentifier(id)}; ${columnList(relation)}; ` +
        `--metadata takes a SELECT too, such as "SELECT … AS ${id}, * FROM '${metadata}'"`,
    );
  }
  const ours = findColumn(input, id)!;
  const isText = ({ type }: typeof ours): boolean => type.typeId === DuckDBTypeId.VARCHAR;
  if (isText(ours) === isText(theirs)) return;
  const [text, type] = isText(ours) ? [input.from, theirs.type] : [relation.from, ours.type];
  const column = quotedIdentifier(id);
  const foreign = await scalar(
    connection,
    `SELECT any_value(${column}) FROM ${text} WHERE TRY_CAST(${column} AS ${type.toString()}) IS NULL`,
  );
  if (foreign === null) return;
  throw binderError(
    `dedup: ids of input '${input.text}' are ${ours.type.toString()}, those of metadata '${metadata}' are ` +
      `${theirs.type.toString()}, and ${quotedString(String(foreign))} is no ${type.toString()}; ` +
      `--metadata takes a SELECT too, to make them alike`,
  );
}

async function scalar(connection: DuckDBConnection, sql: string): Promise<unknown> {
  return (await connection.runAndReadAll(sql)).getRows()[0][0];
}
