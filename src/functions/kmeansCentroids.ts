import { FLOAT } from '@duckdb/node-api';
import { int32Column, int64Column, listColumn } from '../columns/computedColumns.ts';
import { branchColumns } from './branches.ts';
import { boundColumns, parametersOf } from './declarations.ts';
import type { FunctionDefinition } from './definition.ts';
import { K, KMEANS_PARAMETERS, kmeansCall, RELATION } from './kmeansCall.ts';

const RETURNS =
  'centroid INTEGER, embedding FLOAT[] (plain mean, not unit length), rows BIGINT; with with_branches, ' +
  'direction FLOAT[] (NULL without a branch), reach INTEGER[] (NULL without a branch)';

/** Parameters for samples of a relation, and for the columns of branches. */
export const [TOTAL_ROWS, WITH_BRANCHES] = parametersOf(`
  total_rows BIGINT := those of relation: number of rows that will be assigned, if the relation is a sample of
    them
  with_branches BOOLEAN := false: adds the columns direction FLOAT[] and reach INTEGER[] (of branch b, in the
    row of centroid b), by which kmeans_assign assigns rows exactly like a hierarchical kmeans
`);

/** The table function `kmeans_centroids`. */
export const kmeansCentroidsFunction: FunctionDefinition = {
  name: 'kmeans_centroids',
  description: 'Fits k-means and returns its centroids, to store and reuse with kmeans_assign.',
  returns: RETURNS,
  positional: [RELATION, K],
  named: [...KMEANS_PARAMETERS, TOTAL_ROWS, WITH_BRANCHES],
  example: `SELECT centroid, len(embedding) AS dim, rows FROM kmeans_centroids('embeddings', 4)`,
  bind(call, relationOf) {
    const bound = kmeansCall(call, relationOf);
    const withBranches = call.flag('with_branches');
    return {
      columns: boundColumns(RETURNS, {}, [withBranches && 'with_branches']),
      async compute(context) {
        const { rows, fitted } = await bound.run(context);
        rows.store?.close();
        const { k, dim, values } = fitted.centroids;
        return {
          rowCount: k,
          columns: [
            int32Column(Int32Array.from({ length: k }, (_, c) => c)),
            listColumn(FLOAT, values, (row) => row * dim),
            int64Column(BigInt64Array.from(fitted.assigned.counts, BigInt)),
            ...(withBranches ? branchColumns(fitted.tree) : []),
          ],
        };
      },
    };
  },
};
