import { float64Column, int64Column } from '../../columns/computedColumns.ts';
import type { ComputeContext } from '../../connection/job.ts';
import { assignRows } from '../../algorithms/assign.ts';
import type { Overlap } from '../../algorithms/pairwise/borders.ts';
import { chooseOverlap, completeOverlap, isOneSided } from '../../algorithms/pairwise/chooseOverlap.ts';
import { overlapSampleSize, withLowestHashes } from '../../algorithms/pairwise/overlapSample.ts';
import { drawRows } from '../../algorithms/recall/recall.ts';
import { invalidInputError } from '../../errors.ts';
import { checkCentroidRelation } from '../../relation/readCentroids.ts';
import { readRelation } from '../../relation/readRelation.ts';
import { checkModelDim, readModel } from '../branches.ts';
import { boundColumns, parametersOf } from '../declarations.ts';
import type { FunctionDefinition } from '../definition.ts';
import { computeOptions, stepOptions } from '../context.ts';
import { TOTAL_ROWS } from '../kmeansCentroids.ts';
import {
  BACKEND,
  checkBackend,
  defaultFitRows,
  EMBEDDING,
  ID,
  ON_INVALID,
  RELATION,
  SEED,
  sourceOf,
} from '../kmeansCall.ts';
import { RANKING_PARAMETERS } from './pairwise.ts';
import { clusteredRanking } from './ranking.ts';
import { EXEMPT_PARAMETERS, exemptRowsOf, extrasOf } from './exemptRows.ts';

const RETURNS =
  'overlap DOUBLE, memberships BIGINT (0 means no limit), earlier_overlap DOUBLE (the overlap of earlier rows; 0 ' +
  'if there are far more of them: they are then only in their own cluster)';

/** The table function `overlap_for_recall`. */
export const overlapForRecallFunction: FunctionDefinition = {
  name: 'overlap_for_recall',
  description:
    'Chooses the overlap that finds a share of all duplicates, like recall of kmeans_pairwise, for ' +
    'kmeans_assign and pairwise. Returns one row.',
  returns: RETURNS,
  positional: [
    { ...RELATION, description: `${RELATION.description}; or a sample of it, with its lowest hashes` },
    ...parametersOf(`
      centroids VARCHAR: the centroids that the rows are assigned to, as for kmeans_assign
      recall DOUBLE: share of all duplicates to find; 1 misses none
    `),
  ],
  named: [
    ID,
    EMBEDDING,
    ...parametersOf(`
      eps DOUBLE := 0.1 or NULL: the eps of the duplicates that recall counts
      sample_rows BIGINT := max(256 · k, 1,000,000): number of rows among which duplicates are searched: those
        with the lowest hashes of their ids, and as many earlier rows
      check_rows BIGINT := 0 or NULL: number of rows by which the recall is estimated later; if there are few
        rows, these are not used to choose the overlap
    `),
    TOTAL_ROWS,
    ...parametersOf(`
      earlier_rows BIGINT := those of against: number of rows that against is a sample of; if there are far more
        of them, each is only in its own cluster
    `),
    ...RANKING_PARAMETERS,
    ...EXEMPT_PARAMETERS,
    SEED,
    ON_INVALID,
    BACKEND,
  ],
  example:
    `FROM overlap_for_recall('embeddings', 'FROM kmeans_centroids(''embeddings'', 4)', 0.99, eps := ` +
    '0.05)',
  bind(call, relationOf) {
    const { functionName } = call;
    const source = sourceOf(call, relationOf);
    const model = relationOf(call.text('centroids'));
    checkCentroidRelation(functionName, model);
    const recall = call.share('recall');
    const eps = call.share('eps');
    const sampled = call.has('sample_rows') ? call.integer('sample_rows', 1) : undefined;
    const checked = call.integer('check_rows', 0);
    const [total, earlier] = ['total_rows', 'earlier_rows'].map((name) =>
      call.has(name) ? call.integer(name, 0) : undefined,
    );
    const ranking = clusteredRanking(call, source.relation);
    const exempt = exemptRowsOf(call, source, relationOf);
    const seed = call.integer('seed', 0);
    const backend = checkBackend(call);

    const choose = async (context: ComputeContext): Promise<Overlap> => {
      const fitted = await readModel(context.connection, functionName, model);
      const { centroids, tree } = fitted;
      // A one-sided overlap is complete only if each row is in the cluster of its nearest centroid.
      if (recall === 1) return completeOverlap(eps, !tree && isOneSided(total ?? 0, earlier ?? 0));
      const options = { ...(await computeOptions(context, call, backend)), seed };
      const extras = await extrasOf(context, ranking, exempt);
      const rows = await readRelation(source, { ...options, extras });
      try {
        if (!rows.store)
          throw invalidInputError(
            `${functionName}: the relation has no valid rows, so no overlap can be chosen`,
          );
        checkModelDim(functionName, centroids.dim, rows.store.dim);
        const all = await exempt.read(rows, options);
        const step = await stepOptions(context, options);
        const assigned = await assignRows(rows.store, fitted, step);
        const labels = { cluster: assigned.centroid, distance: assigned.euclideanDistance };
        const ranked = all.rank(ranking.order(rows, assigned));
        const most = sampled ?? overlapSampleSize(defaultFitRows(centroids.k));
        const { choose: sample, lowest } = drawRows(rows.hashes, checked, most);
        const among = withLowestHashes(ranked, lowest, all.earlier?.hashes, most);
        const ofOneSide = isOneSided(total ?? rows.rowCount, earlier ?? all.earlier?.hashes.length ?? 0);
        const how = { ...among, sample, ofOneSide, eps, recall };
        return await chooseOverlap(rows.store, centroids, labels, how, step);
      } finally {
        rows.store?.close();
      }
    };
    return {
      columns: boundColumns(RETURNS),
      async compute(context) {
        const { distance, memberships, isOneSided: ofOneSide } = await choose(context);
        return {
          rowCount: 1,
          columns: [
            float64Column(Float64Array.of(distance)),
            int64Column(BigInt64Array.of(BigInt(memberships))),
            float64Column(Float64Array.of(ofOneSide ? 0 : distance)),
          ],
        };
      },
    };
  },
};
