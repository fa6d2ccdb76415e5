import { VARCHAR } from '@duckdb/node-api';
import { assignRows } from '../dedup/assign.ts';
import { nearestCentroids } from '../dedup/centroids.ts';
import { invalidInputError } from '../errors.ts';
import { checkCentroidRelation, readCentroids } from '../relation/readCentroids.ts';
import { checkIds, readRelation } from '../relation/readRelation.ts';
import { kernelsFor, readOptions, stepOptions } from './context.ts';
import { boundColumns, type ColumnDefinition } from './columns.ts';
import type { FunctionDefinition } from './definition.ts';
import { ASSIGNED_COLUMNS, assignedTable, ID_COLUMN } from './kmeans.ts';
import { BACKEND, checkBackend, EMBEDDING, ID, ON_INVALID, RELATION, sourceOf } from './kmeansCall.ts';

const COLUMNS: readonly ColumnDefinition[] = [
  ID_COLUMN,
  { ...ASSIGNED_COLUMNS[0], note: 'of the model' },
  ...ASSIGNED_COLUMNS.slice(1),
];

export const kmeansAssignFunction: FunctionDefinition = {
  name: 'kmeans_assign',
  description: 'Assigns embeddings to the centroids of a model kept from kmeans_centroids.',
  columns: COLUMNS,
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
      columns: boundColumns(COLUMNS, { id: source.id.type }),
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
