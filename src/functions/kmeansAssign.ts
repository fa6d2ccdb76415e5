import { BLOB, BOOLEAN, INTEGER, LIST, VARCHAR } from '@duckdb/node-api';
import { listColumn, packedColumn } from '../columns/computedColumns.ts';
import type { ResultColumn } from '../columns/resultColumn.ts';
import { assignRows } from '../algorithms/assign.ts';
import { overlapping } from '../algorithms/pairwise/overlap.ts';
import { checkCentroidRelation } from '../relation/readCentroids.ts';
import { checkIds } from '../relation/checkIds.ts';
import { readRelation } from '../relation/readRelation.ts';
import { checkModelDim, readModel } from './branches.ts';
import { computeOptions, stepOptions } from './context.ts';
import { boundColumns, type ColumnDefinition } from './columns.ts';
import type { FunctionDefinition, Parameter } from './definition.ts';
import { ASSIGNED_COLUMNS, assignedTable, ID_COLUMN } from './kmeans.ts';
import { BACKEND, checkBackend, EMBEDDING, ID, ON_INVALID, RELATION, sourceOf } from './kmeansCall.ts';
import { OVERLAP_PARAMETERS, overlapOf } from './pairwise/overlap.ts';

const COLUMNS: readonly ColumnDefinition[] = [
  ID_COLUMN,
  { ...ASSIGNED_COLUMNS[0], note: 'of the row in the relation of centroids' },
  ...ASSIGNED_COLUMNS.slice(1),
  { name: 'clusters', type: LIST(INTEGER), note: 'nearest cluster first', with: 'overlap' },
  { name: 'embedding', type: BLOB, note: 'float32 values, of unit length', with: 'with_embeddings' },
];

const WITH_EMBEDDINGS: Parameter = {
  name: 'with_embeddings',
  type: BOOLEAN,
  default: 'false',
  description:
    'adds the embeddings as they were compared; functions that read them again compare the same values',
};

/** The table function `kmeans_assign`. */
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
  named: [ID, EMBEDDING, ...OVERLAP_PARAMETERS, WITH_EMBEDDINGS, ON_INVALID, BACKEND],
  example: `FROM kmeans_assign('embeddings', 'FROM kmeans_centroids(''embeddings'', 4)') LIMIT 3`,
  bind(call, relationOf) {
    const { functionName } = call;
    const source = sourceOf(call, relationOf);
    const model = relationOf(call.text('centroids'));
    checkCentroidRelation(functionName, model);
    const overlap = overlapOf(call);
    const withClusters = call.isGiven('overlap');
    const withEmbeddings = call.flag('with_embeddings');
    const backend = checkBackend(call);
    return {
      columns: boundColumns(COLUMNS, { id: source.id.type }, [
        withClusters && 'overlap',
        withEmbeddings && 'with_embeddings',
      ]),
      async compute(context) {
        const fitted = await readModel(context.connection, functionName, model);
        const { centroids, numbers } = fitted;
        const options = await computeOptions(context, call, backend);
        const rows = await readRelation(source, options);
        const { store } = rows;
        const close = (): void => store?.close();
        try {
          checkIds(source, rows);
          if (!store) return { rowCount: 0, columns: [] };
          checkModelDim(functionName, centroids.dim, store.dim);
          const step = await stepOptions(context, options);
          const assigned = await assignRows(store, fitted, step);
          const named = (places: Int32Array): Int32Array => places.map((c) => numbers[c]);
          const added: ResultColumn[] = [];
          if (withClusters) {
            const labels = { cluster: assigned.centroid, distance: assigned.euclideanDistance };
            const near = overlap && (await overlapping(store, centroids, labels, overlap, step));
            const offset = (row: number): number => (near ? near.offsets[row] : row);
            added.push(listColumn(INTEGER, named((near ?? labels).cluster), offset));
          }
          if (withEmbeddings)
            added.push(packedColumn(store.dim, (start, end, target) => store.copy(start, end, target)));
          else close();
          const { rowCount, columns } = assignedTable(rows, named(assigned.centroid), assigned);
          return { rowCount, columns: [...columns, ...added], close };
        } catch (error) {
          close();
          throw error;
        }
      },
    };
  },
};
