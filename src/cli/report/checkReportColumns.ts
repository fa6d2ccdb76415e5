import { quotedIdentifier, type DuckDBConnection } from '@duckdb/node-api';
import { binderRefusal } from '../shell/refusal.ts';
import { columnList, findColumn, type Relation } from '../../relation/relation.ts';
import { metadataColumns } from '../dedup/metadata.ts';

/** The columns that a page reads from the metadata. */
interface ReportColumns {
  readonly metadata?: string;
  readonly id: string;
  readonly show?: readonly string[];
  readonly groupBy?: string;
}

/** The metadata, if the report shows columns of it. @throws NearduckError (Binder Error) without one. */
export async function checkReportColumns(
  connection: DuckDBConnection,
  { metadata, id, show, groupBy }: ReportColumns,
): Promise<Relation | undefined> {
  const wanted: readonly (readonly [option: string, names: readonly string[]])[] = [
    ['--show', show ?? []],
    ['--group-by', groupBy === undefined ? [] : [groupBy]],
  ];
  const [first] = wanted.filter(([, names]) => names.length > 0);
  if (!first) return undefined;
  if (metadata === undefined)
    throw binderRefusal(
      `${first[0]} needs --metadata, and the run had none; the input itself may serve as metadata`,
    );
  const relation = await metadataColumns(connection, metadata);
  for (const [option, names] of [['--id', [id]] as const, ...wanted]) {
    const unknown = names.find((name) => !findColumn(relation, name));
    if (unknown === undefined) continue;
    throw binderRefusal(
      `${option} names ${quotedIdentifier(unknown)}, which metadata '${metadata}' does not ` +
        `have: ${columnList(relation)}`,
    );
  }
  return relation;
}
