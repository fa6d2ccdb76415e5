import { DuckDBTypeId, quotedIdentifier, quotedString, type DuckDBType } from '@duckdb/node-api';
import type { Column } from '../../columns/column.ts';
import { hashValues } from '../../columns/fixedWidthColumn.ts';
import { numberValues } from '../../columns/numberValues.ts';
import type { ComputeContext } from '../../connection/job.ts';
import { nearestCentroids } from '../../algorithms/centroids.ts';
import type { Memberships } from '../../algorithms/pairwise/clusterOrder.ts';
import { labelDistances, overlapping } from '../../algorithms/pairwise/overlap.ts';
import type { Overlap } from '../../algorithms/pairwise/borders.ts';
import type { StepOptions } from '../../algorithms/step.ts';
import { invalidInputError } from '../../errors.ts';
import { checkCentroidRelation, readCentroids } from '../../relation/readCentroids.ts';
import type { Relation } from '../../relation/relation.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { checkModelDim } from '../branches.ts';
import type { Arguments } from '../definition.ts';

/** The clusters of a relation's rows. */
export interface Clusters {
  readonly memberships: Memberships;
  readonly clusters: number;
}

/** The values of the cluster column. */
interface ClusterColumn {
  readonly name: string;
  readonly values: Column;
  /** DuckDB's hashes of the values. */
  readonly hashes: Column;
}

/** The relation of centroids that a call names. @throws NearduckError (Binder Error). */
export function modelOf(call: Arguments, relationOf: (text: string) => Relation): Relation | undefined {
  if (!call.isGiven('centroids')) return undefined;
  const model = relationOf(call.text('centroids'));
  checkCentroidRelation(call.functionName, model);
  return model;
}

/** Places every row in the cluster that the column names, or all rows in one cluster. */
export function ownClusters(column: ClusterColumn | undefined, rows: number): Clusters {
  if (!column) return { memberships: { cluster: new Int32Array(rows) }, clusters: 1 };
  const { cluster, clusters } = numberClusters(column);
  return { memberships: { cluster }, clusters };
}

/** Returns true when a column contains lists of clusters, as `listedClusters` reads them. */
export const isListOfClusters = (type: DuckDBType): boolean =>
  type.typeId === DuckDBTypeId.LIST && type.valueType.typeId === DuckDBTypeId.INTEGER;

/** The expression to read of a column of lists. */
export const listText = (column: string): string => `array_to_string(${quotedIdentifier(column)}, ',')`;

/** Places every row in the clusters of its list, as `listText` reads it; a NULL list in none. */
export function listedClusters(column: Column): Clusters {
  const numbers = new Map<string, number>();
  const offsets = new Uint32Array(column.length + 1);
  const cluster: number[] = [];
  for (let row = 0; row < column.length; row++) {
    const text = column.isNull(row) ? '' : column.text(row);
    for (const name of text === '' ? [] : text.split(',')) {
      const known = numbers.get(name);
      cluster.push(known ?? numbers.size);
      if (known === undefined) numbers.set(name, numbers.size);
    }
    offsets[row + 1] = cluster.length;
  }
  return { memberships: { cluster: Int32Array.from(cluster), offsets }, clusters: numbers.size };
}

/** Numbers clusters from 0 as they first appear, by row. NULL is its own cluster. */
function numberClusters({ values, hashes }: ClusterColumn): { cluster: Int32Array; clusters: number } {
  const { number, first } = numberValues(values, hashValues(hashes));
  return { cluster: number, clusters: first.length };
}

/**
 * Places every row in the cluster that the column names, and in the clusters whose border is near it.
 * @throws NearduckError (Invalid Input Error) for centroids that do not fit the rows.
 */
export async function overlappingClusters(
  { connection }: ComputeContext,
  functionName: string,
  store: RowStore,
  column: ClusterColumn,
  { model, overlap, step }: { model: Relation; overlap: Overlap; step: StepOptions },
): Promise<Clusters> {
  const { values, dim, numbers } = await readCentroids(connection, functionName, model);
  checkModelDim(functionName, dim, store.dim);
  const places = new Map(Array.from(numbers, (number, place) => [String(number), place]));
  const { cluster, clusters } = numberClusters(column);
  const placeOf = new Int32Array(clusters).fill(-1);
  const own = cluster.map((c, row) => {
    if (placeOf[c] >= 0) return placeOf[c];
    const name = column.values.text(row);
    const place = places.get(name);
    if (place === undefined) {
      throw invalidInputError(
        `${functionName}: cluster ${name} of column ${quotedIdentifier(column.name)} is not in centroids ` +
          `${quotedString(model.text)}; pass the centroids that the rows were assigned to`,
      );
    }
    return (placeOf[c] = place);
  });
  const centroids = nearestCentroids(values, dim);
  const labels = await labelDistances(store, centroids, own, step);
  return { memberships: await overlapping(store, centroids, labels, overlap, step), clusters: centroids.k };
}
