import { BIGINT, FLOAT } from '@duckdb/node-api';
import {
  float32Column,
  inputColumn,
  int64Column,
  sparseFloat32Column,
} from '../../columns/computedColumns.ts';
import type { ResultColumn } from '../../columns/resultColumn.ts';
import type { Aim } from '../../dedup/pairwise/chooseOverlap.ts';
import { pairwise } from '../../dedup/pairwise/pairwise.ts';
import { drawRows } from '../../dedup/recall/recall.ts';
import { ranksOf } from '../../dedup/order/rankOrder.ts';
import type { FunctionDefinition } from '../definition.ts';
import { ASSIGNED_COLUMNS, assignedTable } from '../kmeans.ts';
import { K, KMEANS_PARAMETERS, kmeansCall, RELATION } from '../kmeansCall.ts';
import { checkpointOf } from '../context.ts';
import { checkedScores } from './checkedScores.ts';
import { keepOverlap, type ChosenOverlap } from './chosenOverlap.ts';
import { fittedClusters } from './fittedClusters.ts';
import { CHECKED, OVERLAP_PARAMETERS, overlapOrAim, RECALL_PARAMETERS } from './overlap.ts';
import { RANKING_PARAMETERS } from './pairwise.ts';
import { clusteredRanking } from './ranking.ts';

export const kmeansPairwiseFunction: FunctionDefinition = {
  name: 'kmeans_pairwise',
  description: 'Runs kmeans, then pairwise inside its clusters, reading the embeddings once.',
  returns:
    'the columns of kmeans, then max_id, cosine_sim_score FLOAT, rank BIGINT (1 = kept before all others); with check_rows, checked_score FLOAT',
  positional: [RELATION, K],
  named: [...KMEANS_PARAMETERS, ...RANKING_PARAMETERS, ...OVERLAP_PARAMETERS, ...RECALL_PARAMETERS],
  example: `SELECT id, max_id FROM kmeans_pairwise('embeddings', 4) WHERE cosine_sim_score >= 0.99 ORDER BY id`,
  bind(call, relationOf) {
    const bound = kmeansCall(call, relationOf);
    const { source } = bound;
    const ranking = clusteredRanking(call, source.relation);
    const asked = overlapOrAim(call);
    const checkRows = call.isNull('check_rows') ? 0 : call.integer('check_rows', 0, 0);
    return {
      columns: [
        { name: 'id', type: source.id.type },
        ...ASSIGNED_COLUMNS,
        { name: 'max_id', type: source.id.type },
        { name: 'cosine_sim_score', type: FLOAT },
        { name: 'rank', type: BIGINT },
        ...(checkRows > 0 ? [CHECKED] : []),
      ],
      async compute(context) {
        const expressions = await ranking.expressions(context.connection);
        const {
          rows,
          fitted,
          keep: kept,
          step,
        } = await bound.run(context, expressions, checkpointOf(context.settings));
        const store = rows.store!;
        try {
          const { assigned } = fitted;
          const order = ranking.order(rows, assigned);
          const { check, choose } = drawRows(rows.hashes, checkRows);
          const chosen = await fittedClusters(
            store,
            fitted,
            asked,
            { order, sample: choose, keep: kept },
            step,
          );
          keepOverlap(context.settings, chosen);
          if (asked && 'recall' in asked && bound.k > 1)
            context.notice(noticeOf(call.functionName, asked, chosen));
          const found = await pairwise(store, chosen.clusters, step, kept?.checkpoint);
          const columns: ResultColumn[] = [];
          if (checkRows > 0 && chosen.certainty === 'exact') columns.push(float32Column(found.score));
          else if (checkRows > 0)
            columns.push(
              sparseFloat32Column(await checkedScores(store, order, check, step, kept?.checkpoint)),
            );
          const table = assignedTable(rows, assigned.centroid, assigned);
          return {
            rowCount: table.rowCount,
            columns: [
              ...table.columns,
              inputColumn(rows.ids, found.maxRow),
              float32Column(found.score),
              int64Column(ranksOf(order)),
              ...columns,
            ],
          };
        } finally {
          store.close();
        }
      },
    };
  },
};

/** What was chosen for an aim, and what it costs. */
function noticeOf(functionName: string, { eps, recall }: Aim, chosen: ChosenOverlap): string {
  const { overlap, certainty, memberships, pairs } = chosen;
  const cost = `${pairs.toFixed(1)} times the pairs of rows`;
  const aim = `${functionName}: recall ${recall} at eps ${eps}`;
  if (certainty === 'exact') return `${aim}: all rows are compared with each other, ${cost}`;
  const limit = overlap!.memberships === 0 ? '' : ` (${overlap!.memberships} at most)`;
  return `${aim}: overlap ${overlap!.distance.toPrecision(3)}, ${memberships.toFixed(2)} clusters per row${limit}, ${cost}`;
}
