import { DuckDBTypeId, quotedIdentifier, quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { binderRefusal } from '../../shell/refusal.ts';
import { columnList, findColumn, type Relation } from '../../../relation/relation.ts';
import { firstRow, oneValue } from '../../../queryValues.ts';
import type { Session } from '../../../session/session.ts';
import type { DedupOptions } from '../options.ts';
import { metadataColumns } from '../metadata.ts';

/** Number of ids per side that are compared to see whether both sides use the same ids. */
const SAMPLE_IDS = 100_000;

/**
 * Checks before anything is computed that the metadata has the id column, ids that can be compared with those
 * of the input, and no column of the input that `--rank-by` or `--protect` names. `notice` receives what
 * looks wrong but may be right.
 * @throws NearduckError (Binder Error).
 */
export async function checkMetadata(
  { connection }: Session,
  input: Relation,
  { metadata, id, rankBy, protect, groupBy, withEmbeddings }: DedupOptions,
  notice: (text: string) => void,
): Promise<void> {
  if (metadata === undefined) return;
  const relation = await metadataColumns(connection, metadata);
  const { from } = relation;
  if (!findColumn(relation, id)) {
    throw binderRefusal(
      `metadata '${metadata}' has no column ${quotedIdentifier(id)}; ${columnList(relation)}; ` +
        `--metadata also takes a SELECT, such as "SELECT … AS ${id}, * FROM '${metadata}'"`,
    );
  }
  for (const [option, expression] of [
    ['--rank-by', rankBy],
    ['--protect', protect],
  ]) {
    const shared = expression === undefined ? undefined : sharedColumn(expression, input, relation, id);
    if (shared === undefined) continue;
    const column = quotedIdentifier(shared);
    throw binderRefusal(
      `${option} names ${column}, a column of both the input and metadata '${metadata}'; ` +
        `rename one: --metadata "SELECT * RENAME (${column} AS other) FROM …"`,
    );
  }
  await checkTypes(connection, input, relation, id);
  const column = quotedIdentifier(id);
  if ([rankBy, protect, groupBy].some((option) => option !== undefined) || withEmbeddings) {
    // The join with the embeddings must keep one row per id.
    const twice = await firstRow(
      connection,
      `SELECT ${column}::VARCHAR FROM ${from} WHERE ${column} IS NOT NULL GROUP BY ${column} HAVING ` +
        'count(*) > 1 LIMIT 1',
    );
    if (twice) {
      throw binderRefusal(
        `metadata '${metadata}' has id ${quotedString(String(twice[0]))} more than once; ` +
          `with --rank-by, --protect, --group-by and --with-embeddings each id must have one row`,
      );
    }
  }
  const sampleOf = (text: string): string => `(SELECT ${column} AS id FROM ${text} LIMIT ${SAMPLE_IDS})`;
  const known = await oneValue(
    connection,
    `SELECT EXISTS (FROM ${sampleOf(from)} AS theirs SEMI JOIN ${sampleOf(input.from)} AS ours ON ` +
      'theirs.id = ours.id)',
  );
  if (!known) {
    notice(
      `none of the compared ids (up to ${SAMPLE_IDS.toLocaleString('en-US')} of each side) is in both the ` +
        `input and metadata '${metadata}'; check that both use the same ids`,
    );
  }
}

/** @throws NearduckError (Binder Error) when the ids of one side cannot be cast to the type of the other. */
async function checkTypes(
  connection: DuckDBConnection,
  input: Relation,
  metadata: Relation,
  id: string,
): Promise<void> {
  const ours = findColumn(input, id)!;
  const theirs = findColumn(metadata, id)!;
  const isText = ({ type }: typeof ours): boolean => type.typeId === DuckDBTypeId.VARCHAR;
  if (isText(ours) === isText(theirs)) return;
  const [text, type] = isText(ours) ? [input.from, theirs.type] : [metadata.from, ours.type];
  const column = quotedIdentifier(id);
  const foreign = await oneValue(
    connection,
    `SELECT any_value(${column}) FROM ${text} WHERE TRY_CAST(${column} AS ${type.toString()}) IS NULL`,
  );
  if (foreign === null) return;
  throw binderRefusal(
    `ids of input ${input.text} are ${ours.type.toString()}, those of metadata '${metadata.text}' are ` +
      `${theirs.type.toString()}, and ${quotedString(String(foreign))} is not a ${type.toString()}; cast ` +
      'the ids in a SELECT, which --metadata also takes',
  );
}

/** A column other than the id that an expression names and both relations have. */
function sharedColumn(
  expression: string,
  input: Relation,
  metadata: Relation,
  id: string,
): string | undefined {
  const names = [
    ...expression
      .replace(/'(?:[^']|'')*'/g, '')
      .matchAll(/"((?:[^"]|"")+)"|[\p{L}_][\p{L}\p{N}_$]*(?![\p{L}\p{N}_$]|\s*\()/gu),
  ];
  return names
    .map(([word, quoted]) => quoted?.replaceAll('""', '"') ?? word)
    .find(
      (name) =>
        name.toLowerCase() !== id.toLowerCase() && findColumn(input, name) && findColumn(metadata, name),
    );
}
