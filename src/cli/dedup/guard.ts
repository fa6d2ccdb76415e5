import { quotedIdentifier } from '@duckdb/node-api';
import { binderRefusal } from '../shell/refusal.ts';
import { columnList, findColumn, type Relation } from '../../relation/relation.ts';
import { oneValue } from '../../queryValues.ts';
import type { Session } from '../../session/session.ts';
import { metadataColumns } from './metadata.ts';
import type { DedupOptions } from './options.ts';
import { tableText } from './table.ts';

/** Number of groups in the summary, largest share first. */
const SHOWN_GROUPS = 20;
/** Number of groups above the limit that a stopped run prints. */
const STOPPED_GROUPS = 1000;

/** The exit code of a run that `--max-drop` stopped. */
export const DROP_LIMIT_EXCEEDED = 3;

/** A group would lose more than `--max-drop`. */
export class DropLimitExceeded extends Error {
  /** The groups above the limit, largest share first. */
  readonly table: string;

  private constructor(table: string, cause: Error) {
    super(cause.message, { cause });
    this.table = table;
  }

  static async of(session: Session, cause: Error): Promise<DropLimitExceeded> {
    const table = await groupTable(session, `WHERE share > getvariable('max_drop')`, STOPPED_GROUPS);
    return new DropLimitExceeded(table, cause);
  }
}

/** Returns true when `5_guard.sql` was stopped by the limit: its table has a group above it. */
export async function limitIsExceeded({ connection }: Session): Promise<boolean> {
  if (!(await oneValue(connection, `SELECT is_in_database('dropped_by_group')`))) return false;
  const isAbove = `SELECT count(*) > 0 FROM dropped_by_group WHERE share > getvariable('max_drop')`;
  return (await oneValue(connection, isAbove)) === true;
}

/** The share dropped per group, for the summary. */
export async function groupsText(session: Session, { groupBy = '' }: DedupOptions): Promise<string> {
  return (
    `\nDropped per ${quotedIdentifier(groupBy)}, largest share ` +
    `first:\n\n${await groupTable(session, '', SHOWN_GROUPS)}`
  );
}

async function groupTable(session: Session, where: string, limit: number): Promise<string> {
  const groups = await oneValue(session.connection, `SELECT count(*) FROM dropped_by_group ${where}`);
  const more = Number(groups) - limit;
  const table = await tableText(
    session,
    `SELECT value, rows, dropped, round(share, 4) AS share
     FROM (FROM dropped_by_group ${where} ORDER BY share DESC, dropped DESC, value LIMIT ${limit})`,
  );
  return more > 0 ? `${table}and ${more.toLocaleString('en-US')} more groups\n` : table;
}

/**
 * Decides where the column of `--group-by` is read: from the metadata if it has one of that name, or else
 * from the input. Returns the relation if it is not the metadata.
 * @throws NearduckError (Binder Error) when neither has it.
 */
export async function bindGroups(
  { connection }: Session,
  input: Relation,
  inputText: string,
  { groupBy, metadata }: DedupOptions,
): Promise<string | undefined> {
  if (groupBy === undefined) return undefined;
  let theirs = '';
  if (metadata !== undefined) {
    const relation = await metadataColumns(connection, metadata);
    if (findColumn(relation, groupBy)) return undefined;
    theirs = `; metadata '${metadata}' does not have it either: ${columnList(relation)}`;
  }
  if (!findColumn(input, groupBy)) {
    throw binderRefusal(
      `--group-by names ${quotedIdentifier(groupBy)}, which input ${inputText} does not have: ` +
        `${columnList(input)}${theirs}`,
    );
  }
  await connection.run(`SET VARIABLE group_relation = 'embeddings'`);
  return 'embeddings';
}
