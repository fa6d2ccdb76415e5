import { VARCHAR } from '@duckdb/node-api';
import { assignRows } from '../dedup/assign.ts';
import { nearestCentroids } from '../dedup/centroids.ts';
import { invalidInputError } from '../errors.ts';
import { checkCentroidRelation, readCentroids } from '../relation/readCentroids.ts';
import { checkIds, readRelation } from '../relation/readRelation.ts';
import { kernelsFor, readOptions, stepOptions } from './context.ts';
import type { FunctionDefinition } from './definition.ts';
import { ASSIGNED_COLUMNS, assignedTable } from './kmeans.ts';
import { BACKEND, checkBackend, EMBEDDING, ID, ON_INVALID, RELATION, sourceOf } from './kmeansCall.ts';

export const kmeansAssignFunction: FunctionDefinition = {
  name: 'kmeans_assign',
  description: 'Assigns embeddings to the nearest centroids of a model that kmeans_centroids returned.',
  returns: 'id, centroid INTEGER, cosine_dist_to_cent FLOAT, l2_dist_to_cent FLOAT',
  positional: [
    RELATION,
    { name: 'centroids', type: VARCHAR, description: 'a relation with the columns centroid and embedding' },
  ],
  named: [ID, EMBEDDING, ON_INVALID, BACKEND],
  example: `FROM kmeans_assign('embeddings', 'FROM kmeans_centroids(''embeddings'', 4)') LIMIT 3`,
  bind(call, relationOf) {
    const { functionName } = call;
    const source = sourceOf(call, relationOf);
    const model = relationOf(call.text('centroids'));
    checkCentroidRelation(functionName, model);
    const backend = checkBackend(call);
    call.choice('on_invalid', ['error', 'skip'], 'error');
    return {
      columns: [{ name: 'id', type: source.id.type }, ...ASSIGNED_COLUMNS],
      async compute(context) {
        const kernels = await kernelsFor(context, backend, functionName);
        const { values, dim, numbers } = await readCentroids(context.connection, functionName, model);
        const options = await readOptions(context, call);
        const rows = await readRelation(source, options);
        try {
          checkIds(source, rows);
          if (!rows.store) return { rowCount: 0, columns: [] };
          if (rows.store.dim !== dim) {
            throw invalidInputError(
              `${functionName}: centroids have ${dim} elements, embeddings ${rows.store.dim}`,
            );
          }
          const step = stepOptions(context, kernels, options);
          const assigned = await assignRows(rows.store, { centroids: nearestCentroids(values, dim) }, step);
          return assignedTable(
            rows,
            assigned.centroid.map((c) => numbers[c]),
            assigned,
          );
        } finally {
          rows.store?.close();
        }
      },
    };
  },
};
