import { float32Column, inputColumn, int32Column } from '../columns/computedColumns.ts';
import type { ResultTable } from '../connection/job.ts';
import type { Assignment } from '../algorithms/assign.ts';
import type { Column } from '../columns/column.ts';
import { boundColumns } from './declarations.ts';
import type { FunctionDefinition } from './definition.ts';
import { K, KMEANS_PARAMETERS, kmeansCall, RELATION } from './kmeansCall.ts';

const RETURNS = 'id, centroid INTEGER (0 … k − 1), cosine_dist_to_cent FLOAT, l2_dist_to_cent FLOAT';

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
  returns: RETURNS,
  positional: [RELATION, K],
  named: KMEANS_PARAMETERS,
  example: `SELECT centroid, count(*) AS rows FROM kmeans('embeddings', 4) GROUP BY ALL ORDER BY ALL`,
  bind(call, relationOf) {
    const bound = kmeansCall(call, relationOf);
    return {
      columns: boundColumns(RETURNS, { id: bound.source.id.type }),
      async compute(context) {
        const { rows, fitted } = await bound.run(context);
        rows.store?.close();
        return assignedTable(rows.ids, fitted.assigned);
      },
    };
  },
};
