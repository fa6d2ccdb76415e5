import { BIGINT, FLOAT, INTEGER, LIST } from '@duckdb/node-api';
import { floatListColumn, int32Column, int64Column } from '../columns/computedColumns.ts';
import { boundColumns, type ColumnDefinition } from './columns.ts';
import type { FunctionDefinition } from './definition.ts';
import { K, KMEANS_PARAMETERS, kmeansCall, RELATION } from './kmeansCall.ts';

const COLUMNS: readonly ColumnDefinition[] = [
  { name: 'centroid', type: INTEGER },
  { name: 'embedding', type: LIST(FLOAT), note: 'plain mean, not unit length' },
  { name: 'rows', type: BIGINT },
];

export const kmeansCentroidsFunction: FunctionDefinition = {
  name: 'kmeans_centroids',
  description: 'Fits k-means and returns the model, to keep and reuse.',
  columns: COLUMNS,
  positional: [RELATION, K],
  named: KMEANS_PARAMETERS,
  example: `SELECT centroid, len(embedding) AS dim, rows FROM kmeans_centroids('embeddings', 4)`,
  bind(call, relationOf) {
    const bound = kmeansCall(call, relationOf);
    return {
      columns: boundColumns(COLUMNS, {}),
      async compute(context) {
        const { rows, fitted } = await bound.run(context);
        rows.store?.close();
        const { k, dim, values } = fitted.centroids;
        return {
          rowCount: k,
          columns: [
            int32Column(Int32Array.from({ length: k }, (_, c) => c)),
            floatListColumn(values, dim),
            int64Column(BigInt64Array.from(fitted.assigned.counts, BigInt)),
          ],
        };
      },
    };
  },
};
