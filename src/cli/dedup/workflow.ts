import type { Session } from '../../session/session.ts';
import { numberOrNull, textOrNull } from '../../session/variables.ts';
import { sqlScript } from '../../sqlScripts.ts';
import type { Input } from './input/input.ts';
import { metadataRelation } from './metadata.ts';
import { DropLimitExceeded, limitIsExceeded } from './guard.ts';
import { dropsRows, type DedupOptions } from './options.ts';
import type { Source } from './source.ts';
import type { StepTimer } from './stepTimer.ts';
import { checkUnchanged, type Snapshot } from './input/unchanged.ts';

/** The scripts in `sql/` that a run needs, in order. */
export function scriptsFor(source: Source): string[] {
  const { options, isByPosition } = source;
  const scripts = [isByPosition ? '1_load_by_position' : '1_load'];
  if (joinsMetadata(source)) scripts.push('1_join_metadata');
  if (options.against !== undefined) scripts.push('1_load_against');
  scripts.push('2_3_kmeans_pairwise');
  if (dropsRows(options) && options.eps === undefined) scripts.push('4_budget');
  // This script compares tables with existing files, so it runs before there are any.
  if (!isComplete(options)) scripts.push('5_recall');
  // Before anything is written, because objects on a store appear at once.
  if (options.groupBy !== undefined) scripts.push('5_guard');
  scripts.push(options.withEmbeddings ? '3_write_embeddings' : '3_write');
  if (options.report) scripts.push('5_health');
  if (dropsRows(options)) {
    scripts.push('5_identify');
    if (options.metadata !== undefined) scripts.push('6_export');
    if (options.layout !== undefined) scripts.push('6_cosmos_curate');
  }
  return scripts;
}

/** Returns true when each row is read together with its metadata. */
export const joinsMetadata = ({ options, isOwnMetadata }: Source): boolean =>
  options.metadata !== undefined &&
  !isOwnMetadata &&
  (options.rankBy !== undefined || options.protect !== undefined || options.withEmbeddings);

/** The recall that a run aims at by default. */
const DEFAULT_RECALL = 0.99;
/** Number of rows compared with all others, to estimate the recall. */
const CHECK_ROWS = 1700;
/** The same with earlier rows: each row is then compared with all of these, not with half of the rows. */
const CHECK_ROWS_AGAINST = 1000;

/** The share of all duplicates to find; undefined if the options give clusters and overlap. */
export const recallOf = ({ recall, clusters, overlap }: DedupOptions): number | undefined =>
  recall ?? (clusters === undefined && overlap === undefined ? DEFAULT_RECALL : undefined);

/** True when no duplicate can be missed, so that there is nothing to estimate. */
const isComplete = ({ recall, eps }: DedupOptions): boolean => recall === 1 && eps !== undefined;

/** The variables that the scripts read, except files. `against`: a statement over the earlier rows. */
export function variablesFor(
  { options, position }: Pick<Source, 'options' | 'position'>,
  {
    input,
    against,
    output,
  }: { input: Pick<Input, 'reader' | 'readerOptions'>; against?: string; output: string },
): Record<string, string> {
  return {
    reader: textOrNull(input.reader),
    reader_options: textOrNull(input.readerOptions),
    position: textOrNull(position),
    id: textOrNull(options.id),
    embedding: textOrNull(options.embedding),
    clusters: String(options.clusters ?? 'NULL'),
    overlap: numberOrNull(options.overlap),
    memberships: numberOrNull(options.memberships),
    recall: numberOrNull(recallOf(options)),
    check_rows: isComplete(options)
      ? 'NULL'
      : String(against === undefined ? CHECK_ROWS : CHECK_ROWS_AGAINST),
    keep: textOrNull(options.keep),
    rank_by: textOrNull(options.rankBy),
    protect: textOrNull(options.protect),
    against: textOrNull(against),
    seed: String(options.seed),
    on_invalid: textOrNull(options.onInvalid),
    eps: numberOrNull(options.eps),
    drop_share: numberOrNull(options.dropShare),
    keep_rows: numberOrNull(options.keepRows),
    group_by: textOrNull(options.groupBy),
    max_drop: numberOrNull(options.maxDrop),
    rule: textOrNull(options.eps === undefined ? undefined : (options.rule ?? 'chain')),
    metadata: textOrNull(metadataRelation(options.metadata)),
    output: textOrNull(output),
  };
}

/** Runs the scripts. Checks `snapshots` as soon as the rows are read, before the long computations. */
export async function runWorkflow(
  session: Session,
  scripts: readonly string[],
  snapshots: readonly Snapshot[],
  timer: StepTimer,
): Promise<void> {
  for (const script of scripts) {
    timer.enter(STEP_NAMES[script]);
    try {
      await session.connection.run(sqlScript(script));
    } catch (error) {
      if (script === '5_guard' && (await limitIsExceeded(session)))
        throw await DropLimitExceeded.of(session, error as Error);
      throw error;
    }
    if (script === '2_3_kmeans_pairwise') await checkUnchanged(snapshots);
  }
  timer.enter(undefined);
}

const STEP_NAMES: Readonly<Record<string, string>> = {
  '1_load': 'load',
  '1_load_by_position': 'load',
  '1_join_metadata': 'load',
  '1_load_against': 'load',
  '2_3_kmeans_pairwise': 'read rows',
  'run/finish': 'merge',
  'run/groups': 'merge',
  '3_write': 'write',
  '3_write_embeddings': 'write',
  '4_budget': 'choose eps',
  '5_recall': 'recall',
  '5_guard': 'guard',
  '5_health': 'check embeddings',
  '5_identify': 'identify',
  '6_export': 'export',
  '6_cosmos_curate': 'export',
};
