import { BIGINT, BOOLEAN, FLOAT, INTEGER, LIST } from '@duckdb/node-api';
import { int32Column, int64Column, listColumn } from '../columns/computedColumns.ts';
import { BRANCH_COLUMNS, branchColumns } from './branches.ts';
import {
  boundColumns,
  type ColumnDefinition,
  type FunctionDefinition,
  type Parameter,
} from './definition.ts';
import { K, KMEANS_PARAMETERS, kmeansCall, RELATION } from './kmeansCall.ts';

const COLUMNS: readonly ColumnDefinition[] = [
  { name: 'centroid', type: INTEGER },
  { name: 'embedding', type: LIST(FLOAT), note: 'plain mean, not unit length' },
  { name: 'rows', type: BIGINT },
  ...BRANCH_COLUMNS.map((column) => ({ ...column, isNullable: true, with: 'with_branches' })),
];

/** A parameter of functions whose decisions depend on the number of rows. */
export const TOTAL_ROWS: Parameter = {
  name: 'total_rows',
  type: BIGINT,
  default: 'those of relation',
  description: 'number of rows that will be assigned, if the relation is a sample of them',
};

const WITH_BRANCHES: Parameter = {
  name: 'with_branches',
  type: BOOLEAN,
  default: 'false',
  description:
    'adds the columns direction FLOAT[] and reach INTEGER[] (of branch b, in the row of centroid b), ' +
    'by which kmeans_assign assigns rows exactly like a hierarchical kmeans',
};

/** The table function `kmeans_centroids`. */
export const kmeansCentroidsFunction: FunctionDefinition = {
  name: 'kmeans_centroids',
  description: 'Fits k-means and returns its centroids, to store and reuse with kmeans_assign.',
  columns: COLUMNS,
  positional: [RELATION, K],
  named: [...KMEANS_PARAMETERS, TOTAL_ROWS, WITH_BRANCHES],
  example: `SELECT centroid, len(embedding) AS dim, rows FROM kmeans_centroids('embeddings', 4)`,
  bind(call, relationOf) {
    const bound = kmeansCall(call, relationOf);
    const withBranches = call.flag('with_branches');
    return {
      columns: boundColumns(COLUMNS, {}, [withBranches && 'with_branches']),
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
