import { INTEGER, quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { int32Column, listColumn, packedColumn } from '../columns/computedColumns.ts';
import type { ResultColumn } from '../columns/column.ts';
import { assignRows, assignToNearest } from '../algorithms/assign.ts';
import { rowsByBucket } from '../algorithms/pairwise/buckets.ts';
import type { Memberships } from '../algorithms/pairwise/clusterOrder.ts';
import { candidatesOf } from '../algorithms/pairwise/nearBorders.ts';
import { overlapping } from '../algorithms/pairwise/overlap.ts';
import { invalidInputError } from '../errors.ts';
import { checkCentroidRelation } from '../relation/readCentroids.ts';
import { requireColumn } from '../relation/embeddingType.ts';
import { readRelation } from '../relation/readRelation.ts';
import type { Relation } from '../relation/relation.ts';
import { copyView } from '../rows/rowView.ts';
import { checkModelDim, readModel } from './branches.ts';
import { computeOptions, stepOptions } from './context.ts';
import { boundColumns, parametersOf } from './declarations.ts';
import type { FunctionDefinition } from './definition.ts';
import { assignedTable } from './kmeans.ts';
import { BACKEND, checkBackend, EMBEDDING, ID, ON_INVALID, RELATION, sourceOf } from './kmeansCall.ts';
import { OVERLAP_PARAMETERS, overlapOf } from './pairwise/overlap.ts';

const RETURNS =
  'id, centroid INTEGER (of the row in the relation of centroids), cosine_dist_to_cent FLOAT, ' +
  'l2_dist_to_cent FLOAT; with overlap, clusters INTEGER[] (nearest cluster first); with with_embeddings, ' +
  'embedding BLOB (float32 values, of unit length); with with_buckets, bucket INTEGER';

const [CENTROIDS, WITH_EMBEDDINGS, WITH_BUCKETS] = parametersOf(`
  centroids VARCHAR: a relation with the columns centroid and embedding, and those of with_branches
  with_embeddings BOOLEAN := false: adds the embeddings as they were compared; functions that read them again
    compare the same values
  with_buckets BOOLEAN := false: returns a row once per bucket of its clusters, roughly in the order of
    buckets; the relation of centroids has the column bucket, an integer that neighbouring clusters share
`);

/** The table function `kmeans_assign`. */
export const kmeansAssignFunction: FunctionDefinition = {
  name: 'kmeans_assign',
  description: 'Assigns embeddings to the nearest centroids of a model that kmeans_centroids returned.',
  returns: RETURNS,
  positional: [RELATION, CENTROIDS],
  named: [ID, EMBEDDING, ...OVERLAP_PARAMETERS, WITH_EMBEDDINGS, WITH_BUCKETS, ON_INVALID, BACKEND],
  example: `FROM kmeans_assign('embeddings', 'FROM kmeans_centroids(''embeddings'', 4)') LIMIT 3`,
  bind(call, relationOf) {
    const { functionName } = call;
    const source = sourceOf(call, relationOf);
    const model = relationOf(call.text('centroids'));
    checkCentroidRelation(functionName, model);
    const overlap = overlapOf(call);
    const withClusters = call.isGiven('overlap');
    const withEmbeddings = call.flag('with_embeddings');
    const withBuckets = call.flag('with_buckets');
    if (withBuckets) requireColumn(functionName, model, 'bucket', 'with_buckets needs one');
    const backend = checkBackend(call);
    return {
      columns: boundColumns(RETURNS, { id: source.id.type }, [
        withClusters && 'overlap',
        withEmbeddings && 'with_embeddings',
        withBuckets && 'with_buckets',
      ]),
      async compute(context) {
        const fitted = await readModel(context.connection, functionName, model);
        const { centroids, numbers } = fitted;
        const options = await computeOptions(context, call, backend);
        const rows = await readRelation(source, options);
        const { store } = rows;
        const close = (): void => store?.close();
        try {
          if (!store) return { rowCount: 0, columns: [] };
          checkModelDim(functionName, centroids.dim, store.dim);
          const step = await stepOptions(context, options);
          // One search finds the nearest centroid and those whose borders may be near, unless the search of the
          // borders depends on the nearest.
          const perRow = overlap && !fitted.tree ? candidatesOf(centroids.k, overlap) : centroids.k;
          const { assigned, nearest } =
            perRow < centroids.k
              ? await assignToNearest(store, centroids, perRow, step)
              : { assigned: await assignRows(store, fitted, step), nearest: undefined };
          const labels = { cluster: assigned.centroid, distance: assigned.euclideanDistance };
          const near = overlap
            ? await overlapping(store, centroids, labels, overlap, step, undefined, nearest)
            : labels;
          const bucketed = withBuckets
            ? rowsByBucket(near, await readBuckets(context.connection, functionName, model))
            : undefined;
          const { cluster, offsets }: Memberships = bucketed?.memberships ?? near;
          const named = (places: Int32Array): Int32Array => places.map((c) => numbers[c]);
          const added: ResultColumn[] = [];
          if (withClusters) added.push(listColumn(INTEGER, named(cluster), (row) => offsets?.[row] ?? row));
          if (withEmbeddings) {
            const view = store.view(bucketed?.rows);
            added.push(packedColumn(store.dim, (start, end, target) => copyView(view, start, end, target)));
          } else close();
          if (bucketed) added.push(int32Column(bucketed.buckets));
          const { rowCount, columns } = assignedTable(
            rows.ids,
            { ...assigned, centroid: named(assigned.centroid) },
            bucketed?.rows,
          );
          return { rowCount, columns: [...columns, ...added], close };
        } catch (error) {
          close();
          throw error;
        }
      },
    };
  },
};

/** Buckets in ascending order of centroids. @throws NearduckError (Invalid Input Error) when one has none. */
async function readBuckets(
  connection: DuckDBConnection,
  functionName: string,
  { from, text }: Relation,
): Promise<Int32Array> {
  const reader = await connection.runAndReadAll(
    `SELECT CASE WHEN TRY_CAST(bucket AS INTEGER) = bucket THEN bucket::INTEGER END FROM ${from} ORDER BY centroid`,
  );
  const buckets = reader.getColumns()[0] ?? [];
  if (buckets.includes(null))
    throw invalidInputError(
      `${functionName}: column "bucket" of relation ${quotedString(text)} must be an INTEGER in every row`,
    );
  return Int32Array.from(buckets, Number);
}
