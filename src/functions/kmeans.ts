import { FLOAT, INTEGER } from '@duckdb/node-api';
import { float32Column, inputColumn, int32Column } from '../columns/computedColumns.ts';
import type { ResultTable } from '../connection/job.ts';
import type { Assignment } from '../algorithms/assign.ts';
import type { Column } from '../columns/column.ts';
import { boundColumns, type FunctionDefinition } from './definition.ts';
import { K, KMEANS_PARAMETERS, kmeansCall, RELATION } from './kmeansCall.ts';

/** The result column with the ids, which have the type of the relation's ids. */
export const ID_COLUMN = { name: 'id', type: 'id' } as const;

/** The columns of `kmeans` and `kmeans_assign` besides the id. */
export const ASSIGNED_COLUMNS = [
  { name: 'centroid', type: INTEGER, note: '0 … k − 1' },
  { name: 'cosine_dist_to_cent', type: FLOAT },
  { name: 'l2_dist_to_cent', type: FLOAT },
] as const;

/** The rows of `kmeans` and `kmeans_assign`: those that `list` selects, or all rows in order. */
export function assignedTable(ids: Column, assigned: Assignment, list?: Int32Array): ResultTable {
  const { centroid, cosineDistance, euclideanDistance } = assigned;
  const selected = (values: Float32Array): Float32Array =>
    list ? Float32Array.from(list, (row) => values[row]) : values;
  return {
    rowCount: list?.length ?? ids.length,
    columns: [
      inputColumn(ids, list),
      int32Column(list?.map((row) => centroid[row]) ?? centroid),
      float32Column(selected(cosineDistance)),
      float32Column(selected(euclideanDistance)),
    ],
  };
}

/** The table function `kmeans`. */
export const kmeansFunction: FunctionDefinition = {
  name: 'kmeans',
  description: 'Clusters embeddings: k-means on unit-length rows.',
  columns: [ID_COLUMN, ...ASSIGNED_COLUMNS],
  positional: [RELATION, K],
  named: KMEANS_PARAMETERS,
  example: `SELECT centroid, count(*) AS rows FROM kmeans('embeddings', 4) GROUP BY ALL ORDER BY ALL`,
  bind(call, relationOf) {
    const bound = kmeansCall(call, relationOf);
    return {
      columns: boundColumns([ID_COLUMN, ...ASSIGNED_COLUMNS], { id: bound.source.id.type }),
      async compute(context) {
        const { rows, fitted } = await bound.run(context);
        rows.store?.close();
        return assignedTable(rows.ids, fitted.assigned);
      },
    };
  },
};
