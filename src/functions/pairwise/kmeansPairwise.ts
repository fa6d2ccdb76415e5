import { BIGINT, FLOAT } from '@duckdb/node-api';
import { float32Column, inputColumn, int64Column } from '../../columns/computedColumns.ts';
import { clusterOrder } from '../../dedup/pairwise/clusterOrder.ts';
import { overlapping } from '../../dedup/pairwise/overlap.ts';
import { pairwise } from '../../dedup/pairwise/pairwise.ts';
import { ranksOf } from '../../dedup/order/rankOrder.ts';
import type { FunctionDefinition } from '../definition.ts';
import { ASSIGNED_COLUMNS, assignedTable } from '../kmeans.ts';
import { K, KMEANS_PARAMETERS, kmeansCall, RELATION } from '../kmeansCall.ts';
import { OVERLAP_PARAMETERS, overlapOf } from './overlap.ts';
import { RANKING_PARAMETERS } from './pairwise.ts';
import { distanceOrder, rankingOf } from './ranking.ts';

export const kmeansPairwiseFunction: FunctionDefinition = {
  name: 'kmeans_pairwise',
  description: 'Runs kmeans, then pairwise inside its clusters, reading the embeddings once.',
  returns:
    'the columns of kmeans, then max_id, cosine_sim_score FLOAT, rank BIGINT (1 = kept before all others)',
  positional: [RELATION, K],
  named: [...KMEANS_PARAMETERS, ...RANKING_PARAMETERS, ...OVERLAP_PARAMETERS],
  example: `SELECT id, max_id FROM kmeans_pairwise('embeddings', 4) WHERE cosine_sim_score >= 0.99 ORDER BY id`,
  bind(call, relationOf) {
    const bound = kmeansCall(call, relationOf);
    const { source, k } = bound;
    const keep = call.choice('which_to_keep', ['hard', 'easy', 'random'], 'hard');
    const metric = call.choice('sim_metric', ['cosine', 'l2'], 'cosine');
    const byDistance = keep !== 'random' && (!call.has('rank_by') || call.isNull('rank_by'));
    const overlap = overlapOf(call);
    const ranking = byDistance ? undefined : rankingOf(call, source.relation);
    return {
      columns: [
        { name: 'id', type: source.id.type },
        ...ASSIGNED_COLUMNS,
        { name: 'max_id', type: source.id.type },
        { name: 'cosine_sim_score', type: FLOAT },
        { name: 'rank', type: BIGINT },
      ],
      async compute(context) {
        const expressions = ranking ? await ranking.expressions(context.connection) : [];
        const { rows, fitted, step } = await bound.run(context, expressions);
        try {
          const { assigned } = fitted;
          const distance = metric === 'cosine' ? assigned.cosineDistance : assigned.euclideanDistance;
          const order = ranking
            ? ranking.order(rows, rows.extras)
            : distanceOrder(distance, rows.ids, keep === 'easy' ? 'easy' : 'hard');
          const labels = { cluster: assigned.centroid, distance: assigned.euclideanDistance };
          const memberships = overlap
            ? await overlapping(rows.store!, fitted.centroids, labels, overlap, step)
            : labels;
          const found = await pairwise(rows.store!, clusterOrder(memberships, k, order), step);
          const table = assignedTable(rows, assigned.centroid, assigned);
          return {
            rowCount: table.rowCount,
            columns: [
              ...table.columns,
              inputColumn(rows.ids, found.maxRow),
              float32Column(found.score),
              int64Column(ranksOf(order)),
            ],
          };
        } finally {
          rows.store?.close();
        }
      },
    };
  },
};
