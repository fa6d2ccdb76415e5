import { FLOAT, INTEGER, type DuckDBConnection } from '@duckdb/node-api';
import { listColumn, withNulls } from '../columns/computedColumns.ts';
import type { ResultColumn } from '../columns/column.ts';
import type { Centroids } from '../kernels/kernels.ts';
import { withoutBias } from '../algorithms/tree/centroidTree.ts';
import type { Branches, FittedTree } from '../algorithms/tree/fittedTree.ts';
import { nearestCentroids } from '../algorithms/centroids.ts';
import { invalidInputError } from '../errors.ts';
import { readCentroids } from '../relation/readCentroids.ts';
import { findColumn, type Relation } from '../relation/relation.ts';

/**
 * The columns of a model that describe its branches: branch b in row b, fewer than centroids. NULL in all rows
 * when every row is compared with all centroids.
 */
export function branchColumns(tree: FittedTree | undefined): ResultColumn[] {
  const { k, dim, values } = tree?.directions ?? { k: 0, dim: 1, values: new Float32Array(0) };
  const { offsets, centroids } = tree?.reach ?? { offsets: [0], centroids: new Int32Array(0) };
  return [
    withNulls(
      listColumn(FLOAT, values, (row) => Math.min(row, k) * dim),
      k,
    ),
    withNulls(
      listColumn(INTEGER, centroids, (row) => offsets[Math.min(row, k)]),
      k,
    ),
  ];
}

/** A model that rows are assigned to. */
export interface Model {
  readonly centroids: Centroids;
  /** Undefined when every row is compared with all centroids. */
  readonly tree: Branches | undefined;
  /** The model's number of each centroid. */
  readonly numbers: Int32Array;
}

/** Reads a result of `kmeans_centroids`. @throws NearduckError (Invalid Input Error), as `readCentroids`. */
export async function readModel(
  connection: DuckDBConnection,
  functionName: string,
  model: Relation,
): Promise<Model> {
  const { values, dim, numbers } = await readCentroids(connection, functionName, model);
  const centroids = nearestCentroids(values, dim);
  const isWhole = numbers.every((number, i) => number === i);
  return { centroids, tree: isWhole ? await readBranches(connection, model, centroids) : undefined, numbers };
}

/** @throws NearduckError (Invalid Input Error) when embeddings and centroids differ in dimension. */
export function checkModelDim(functionName: string, centroids: number, embeddings: number): void {
  if (centroids === embeddings) return;
  throw invalidInputError(
    `${functionName}: centroids have ${centroids} elements, but embeddings have ${embeddings}`,
  );
}

/** Reads the branches of a model with centroids 0 … k − 1. Returns undefined when it has none. */
async function readBranches(
  connection: DuckDBConnection,
  model: Relation,
  centroids: Centroids,
): Promise<Branches | undefined> {
  if (!['direction', 'reach'].every((name) => findColumn(model, name))) return undefined;
  const reader = await connection.runAndReadAll(
    `SELECT direction::FLOAT[], reach::INTEGER[] FROM ${model.from} WHERE direction IS NOT NULL ORDER ` +
      'BY centroid',
  );
  const rows = reader.getRowsJS() as [number[], number[]][];
  if (rows.length === 0) return undefined;
  const offsets = new Float64Array(rows.length + 1);
  rows.forEach(([, { length }], b) => (offsets[b + 1] = offsets[b] + length));
  const reached = new Int32Array(offsets[rows.length]);
  const directions = new Float32Array(rows.length * centroids.dim);
  rows.forEach(([direction, reach], b) => {
    directions.set(direction, b * centroids.dim);
    reached.set(reach, offsets[b]);
  });
  return {
    centroids,
    directions: withoutBias(directions, centroids.dim),
    reach: { offsets, centroids: reached },
  };
}
