import {
  float32Column,
  inputColumn,
  int64Column,
  nullableFloat32Column,
  sparseFloat32Column,
} from '../../columns/computedColumns.ts';
import type { ResultColumn } from '../../columns/column.ts';
import type { OverlapGoal } from '../../algorithms/pairwise/chooseOverlap.ts';
import { pairwise } from '../../algorithms/pairwise/pairwise.ts';
import { rowGroups, type RowGroups } from '../../algorithms/groups/rowGroups.ts';
import type { Rule } from '../../algorithms/groups/groups.ts';
import type { SearchedRows } from '../../algorithms/groups/clusterPairs.ts';
import { checkDigest, ranksDigest } from '../../algorithms/digests.ts';
import { overlapSampleSize, withLowestHashes } from '../../algorithms/pairwise/overlapSample.ts';
import { drawRows } from '../../algorithms/recall/recall.ts';
import type { StepOptions } from '../../algorithms/step.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { ranksOf } from '../../algorithms/order/rankOrder.ts';
import { binderError } from '../../errors.ts';
import { TooManyPairs } from '../../kernels/above.ts';
import { boundColumns } from '../declarations.ts';
import type { Arguments, FunctionDefinition } from '../definition.ts';
import { KEPT_BY, PAIRS_PER_ROW, ruleOf, tooManyPairs } from '../groups/rule.ts';
import { assignedTable } from '../kmeans.ts';
import { K, KMEANS_PARAMETERS, kmeansCall, RELATION } from '../kmeansCall.ts';
import { checkpointOf } from '../context.ts';
import { checkedScores } from './checkedScores.ts';
import { keepOverlap, type ChosenOverlap, fittedClusters } from './fittedClusters.ts';
import { OVERLAP_PARAMETERS, overlapOrAim, RECALL_PARAMETERS } from './overlap.ts';
import { RANKING_PARAMETERS } from './pairwise.ts';
import { clusteredRanking } from './ranking.ts';
import { EXEMPT_PARAMETERS, exemptRowsOf, extrasOf } from './exemptRows.ts';

const RETURNS =
  'id, centroid INTEGER (0 … k − 1), cosine_dist_to_cent FLOAT, l2_dist_to_cent FLOAT, max_id, ' +
  'cosine_sim_score FLOAT, rank BIGINT (1 = kept before all others of the relation); with rule, kept_id (the ' +
  'row itself if it is kept), kept_score FLOAT (NULL there); with check_rows, checked_score FLOAT (NULL for ' +
  'rows not checked); with against, max_in_against BOOLEAN; with against and rule, kept_in_against BOOLEAN';

/** The table function `kmeans_pairwise`. */
export const kmeansPairwiseFunction: FunctionDefinition = {
  name: 'kmeans_pairwise',
  description: 'Runs kmeans, then pairwise inside its clusters, reading the embeddings once.',
  returns: RETURNS,
  positional: [RELATION, K],
  named: [
    ...KMEANS_PARAMETERS,
    ...RANKING_PARAMETERS,
    ...EXEMPT_PARAMETERS,
    ...OVERLAP_PARAMETERS,
    ...RECALL_PARAMETERS,
    KEPT_BY,
  ],
  example: `SELECT id, max_id FROM kmeans_pairwise('embeddings', 4) WHERE cosine_sim_score >= 0.99 ORDER BY id`,
  bind(call, relationOf) {
    const bound = kmeansCall(call, relationOf);
    const { source } = bound;
    const ranking = clusteredRanking(call, source.relation);
    const exempt = exemptRowsOf(call, source, relationOf);
    const asked = overlapOrAim(call);
    const grouping = groupingOf(call);
    const checkRows = call.integer('check_rows', 0);
    return {
      columns: boundColumns(RETURNS, { id: source.id.type }, [
        grouping && 'rule',
        checkRows > 0 && 'check_rows',
        exempt.against && 'against',
        exempt.against && grouping && 'against and rule',
      ]),
      async compute(context) {
        const extras = await extrasOf(context, ranking, exempt);
        const checkpoint = checkpointOf(context.settings);
        const run = await bound.run(context, extras, exempt.read, checkpoint);
        const { rows, more, fitted, fitRows, keep: kept, step } = run;
        const all = more!;
        const store = rows.store!;
        try {
          const { assigned } = fitted;
          const ranked = all.rank(ranking.order(rows, assigned));
          if (kept)
            checkDigest(
              kept.checkpoint,
              'ranks',
              ranksDigest(ranked, kept.order),
              'the ranks of rows differ',
            );
          const most = overlapSampleSize(fitRows);
          const { check, choose, lowest } = drawRows(rows.hashes, checkRows, most);
          const among = withLowestHashes(ranked, lowest, all.earlier?.hashes, most);
          const how = { ...ranked, sample: choose, among, keep: kept };
          const chosen = await fittedClusters(store, fitted, asked, how, step);
          keepOverlap(context.settings, chosen);
          if (asked && 'recall' in asked && bound.k > 1)
            context.notice(noticeOf(call.functionName, asked, chosen));
          const found = await pairwise(store, chosen.clusters, step, kept?.checkpoint);
          const columns: ResultColumn[] = [];
          const inAgainst = [found.maxRow];
          if (grouping) {
            const compared = { ...ranked, clusters: chosen.clusters, found };
            const limits = { ...grouping, rows: rows.rowCount };
            const { kept, score } = await groupsOf(call.functionName, store, compared, limits, step);
            columns.push(inputColumn(all.ids, kept), nullableFloat32Column(score));
            inAgainst.push(kept);
          }
          if (checkRows > 0 && chosen.certainty === 'exact') columns.push(float32Column(found.score));
          else if (checkRows > 0)
            columns.push(
              sparseFloat32Column(await checkedScores(store, ranked, check, step, kept?.checkpoint)),
            );
          const table = assignedTable(rows.ids, assigned);
          return {
            rowCount: table.rowCount,
            columns: [
              ...table.columns,
              inputColumn(all.ids, found.maxRow),
              float32Column(found.score),
              int64Column(ranksOf(ranked.order.subarray(-rows.rowCount))),
              ...columns,
              ...(exempt.against ? inAgainst.map((others) => all.areEarlier(others)) : []),
            ],
          };
        } finally {
          store.close();
        }
      },
    };
  },
};

/** The groups to find in addition. */
interface Grouping {
  readonly rule: Rule;
  readonly eps: number;
}

/** @throws NearduckError (Binder Error). */
function groupingOf(call: Arguments): Grouping | undefined {
  if (!call.isGiven('rule')) return undefined;
  const rule = ruleOf(call);
  if (!call.isGiven('eps'))
    throw binderError(`${call.functionName}: rule needs eps := …, the largest distance between duplicates`);
  return { rule, eps: call.share('eps') };
}

/** Finds the groups. */
async function groupsOf(
  functionName: string,
  store: RowStore,
  compared: SearchedRows,
  { eps, rule, rows }: Grouping & { readonly rows: number },
  step: StepOptions,
): Promise<RowGroups> {
  const limit = PAIRS_PER_ROW * rows;
  return rowGroups(store, compared, { eps, rule, limit }, step).catch((error: unknown) => {
    if (!(error instanceof TooManyPairs)) throw error;
    const found = { eps, count: error.count, rows, limit: `${limit} (${PAIRS_PER_ROW} per row)` };
    throw tooManyPairs(functionName, found, `; rule '${rule}' needs them all, 'chain' does not`);
  });
}

/** A notice about the overlap chosen for a goal, and its cost. */
function noticeOf(functionName: string, { eps, recall }: OverlapGoal, chosen: ChosenOverlap): string {
  const { overlap, certainty, memberships, pairs } = chosen;
  const cost = `${pairs.toFixed(1)} times the pairs of rows`;
  const aim = `${functionName}: recall ${recall} at eps ${eps}`;
  if (certainty === 'exact') return `${aim}: all rows are compared with each other, ${cost}`;
  const limit = overlap!.memberships === 0 ? '' : ` (${overlap!.memberships} at most)`;
  return (
    `${aim}: overlap ${overlap!.distance.toPrecision(3)}, ${memberships.toFixed(2)} clusters per ` +
    `row${limit}, ${cost}`
  );
}
