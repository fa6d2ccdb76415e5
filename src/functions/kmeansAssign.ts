import { INTEGER, LIST, VARCHAR } from '@duckdb/node-api';
import { listColumn } from '../columns/computedColumns.ts';
import { assignRows } from '../algorithms/assign.ts';
import { overlapping } from '../algorithms/pairwise/overlap.ts';
import { checkCentroidRelation } from '../relation/readCentroids.ts';
import { checkIds } from '../relation/checkIds.ts';
import { readRelation } from '../relation/readRelation.ts';
import { checkModelDim, readModel } from './branches.ts';
import { computeOptions, stepOptions } from './context.ts';
import { boundColumns, type ColumnDefinition } from './columns.ts';
import type { FunctionDefinition } from './definition.ts';
import { ASSIGNED_COLUMNS, assignedTable, ID_COLUMN } from './kmeans.ts';
import { BACKEND, checkBackend, EMBEDDING, ID, ON_INVALID, RELATION, sourceOf } from './kmeansCall.ts';
import { OVERLAP_PARAMETERS, overlapOf } from './pairwise/overlap.ts';

const COLUMNS: readonly ColumnDefinition[] = [
  ID_COLUMN,
  { ...ASSIGNED_COLUMNS[0], note: 'of the row in the relation of centroids' },
  ...ASSIGNED_COLUMNS.slice(1),
  { name: 'clusters', type: LIST(INTEGER), note: 'nearest cluster first', with: 'overlap' },
];

export const kmeansAssignFunction: FunctionDefinition = {
  name: 'kmeans_assign',
  description: 'Assigns embeddings to the nearest centroids of a model that kmeans_centroids returned.',
  columns: COLUMNS,
  positional: [
    RELATION,
    {
      name: 'centroids',
      type: VARCHAR,
      description: 'a relation with the columns centroid and embedding, and those of with_branches',
    },
  ],
  named: [ID, EMBEDDING, ...OVERLAP_PARAMETERS, ON_INVALID, BACKEND],
  example: `FROM kmeans_assign('embeddings', 'FROM kmeans_centroids(''embeddings'', 4)') LIMIT 3`,
  bind(call, relationOf) {
    const { functionName } = call;
    const source = sourceOf(call, relationOf);
    const model = relationOf(call.text('centroids'));
    checkCentroidRelation(functionName, model);
    const overlap = overlapOf(call);
    const withClusters = call.isGiven('overlap');
    const backend = checkBackend(call);
    return {
      columns: boundColumns(COLUMNS, { id: source.id.type }, [withClusters && 'overlap']),
      async compute(context) {
        const fitted = await readModel(context.connection, functionName, model);
        const { centroids, numbers } = fitted;
        const options = await computeOptions(context, call, backend);
        const rows = await readRelation(source, options);
        try {
          checkIds(source, rows);
          if (!rows.store) return { rowCount: 0, columns: [] };
          checkModelDim(functionName, fitted, rows.store.dim);
          const step = await stepOptions(context, options);
          const assigned = await assignRows(rows.store, fitted, step);
          const named = (places: Int32Array): Int32Array => places.map((c) => numbers[c]);
          const table = assignedTable(rows, named(assigned.centroid), assigned);
          if (!withClusters) return table;
          const labels = { cluster: assigned.centroid, distance: assigned.euclideanDistance };
          const near = overlap && (await overlapping(rows.store, centroids, labels, overlap, step));
          const clusters = listColumn(INTEGER, named((near ?? labels).cluster), (row) =>
            near ? near.offsets[row] : row,
          );
          return { ...table, columns: [...table.columns, clusters] };
        } finally {
          rows.store?.close();
        }
      },
    };
  },
};
