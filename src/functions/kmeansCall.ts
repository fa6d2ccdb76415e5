import type { ComputeContext } from '../connection/job.ts';
import type { Checkpoint, RowCheckpoint } from '../algorithms/checkpoint.ts';
import { checkDigest, rowsDigest } from '../algorithms/digests.ts';
import { concatRows } from '../algorithms/pairwise/clusterOrder.ts';
import { kmeans, type Kmeans } from '../algorithms/kmeans.ts';
import type { StepOptions } from '../algorithms/step.ts';
import { binderError, invalidInputError } from '../errors.ts';
import { BACKENDS } from '../kernels/backends.ts';
import { oneValue } from '../queryValues.ts';
import {
  readRelation,
  relationSource,
  type Expressions,
  type ReadOptions,
  type RelationRows,
  type RelationSource,
} from '../relation/readRelation.ts';
import { checkCentroidRelation, readCentroids } from '../relation/readCentroids.ts';
import type { Relation } from '../relation/relation.ts';
import { computeOptions, stepOptions } from './context.ts';
import { parametersOf, type Parameter } from './declarations.ts';
import type { Arguments } from './definition.ts';
import { hashedOrder, type HashedRows } from './pairwise/ranking.ts';

/** Parameters that several functions have. */
export const [RELATION, K, ID, EMBEDDING, SEED, ON_INVALID, BACKEND] = parametersOf(`
  relation VARCHAR: a table, view, file or SELECT text with an id and an embedding column
  k BIGINT: number of clusters, from 1 to the number of rows
  id VARCHAR := 'id': the id column: unique, not NULL
  embedding VARCHAR := 'embedding': the embedding column: a list or array of numbers
  seed BIGINT := 42: seed of every random choice
  on_invalid VARCHAR := 'error' in (error, skip): 'error' stops at invalid embeddings, 'skip' leaves them out
  backend VARCHAR := 'auto' in (${BACKENDS.join(', ')}): 'auto', 'cpu', 'webgpu' or 'reference' (float64, slow)
`);

/** Named parameters of `kmeans` and `kmeans_centroids`. */
export const KMEANS_PARAMETERS: readonly Parameter[] = [
  ID,
  EMBEDDING,
  ...parametersOf(`
    algorithm VARCHAR := 'auto' in (auto, lloyd, hierarchical): 'lloyd' compares every row with every
      centroid; 'hierarchical' first uses a part of the sample and, in most iterations, compares a row only
      with 16 near centroids; from 1,200 (long rows) to 3,000 clusters on, it assigns a row to a centroid near
      its branch, unless that raises the inertia by much; 'auto' is 'lloyd' up to 4e11 multiply-adds
      (64 + dimensions per distance), or when 'hierarchical' saves less than a quarter of the distances
    max_iter BIGINT := 300: maximum number of Lloyd iterations
    tol DOUBLE := 1e-4: k-means stops when the relative improvement of the inertia falls below tol, or below
      10 * tol while few rows change cluster; 10 * tol with hierarchical
  `),
  SEED,
  ...parametersOf(`
    init VARCHAR := 'k-means||': 'k-means||', 'random', or a relation of centroids to start from
    oversampling_factor DOUBLE := 2.0: candidates per round of k-means||, as a multiple of k
    fit_rows BIGINT := min(n, 256 · k): number of rows sampled for the fit, by hash of id
  `),
  ON_INVALID,
  BACKEND,
];

/** Names of initialisation methods in other libraries. Relations do not have such names. */
const OTHER_METHODS = /^(?:scalable-?)?k-?means(?:\+\+|\|\|)$/i;

/** The checked arguments of a call that fits centroids. */
export interface KmeansCall {
  readonly source: RelationSource;
  readonly k: number;
  /**
   * `readMore` may append rows to the store: they are assigned to the clusters, but not fitted on. With a
   * checkpoint, the fit and the labels are kept, or taken from it.
   */
  run<More extends EarlierRows>(
    context: ComputeContext,
    extras?: Expressions,
    readMore?: (rows: RelationRows, options: ReadOptions) => Promise<More>,
    checkpoint?: Checkpoint,
  ): Promise<KmeansRun<More>>;
}

/** Rows that were read after the others. */
export interface EarlierRows {
  readonly earlier?: HashedRows;
}

/** The result of a call's k-means, and what the steps after it need. `More` is the result of `readMore`. */
export interface KmeansRun<More> {
  readonly rows: RelationRows;
  /** The result of `readMore`. */
  readonly more: More | undefined;
  readonly fitted: Kmeans;
  /** Maximum number of rows that the model was fitted on. */
  readonly fitRows: number;
  /** The storage for the following steps. */
  readonly keep?: RowCheckpoint;
  /** The options of the following steps. */
  readonly step: StepOptions;
}

/** The arguments `relation`, `id` and `embedding`. @throws NearduckError (Binder Error) for invalid ones. */
export function sourceOf(call: Arguments, relationOf: (text: string) => Relation): RelationSource {
  const relation = relationOf(call.text('relation'));
  return relationSource(call.functionName, relation, call.text('id'), call.text('embedding'));
}

/**
 * Checks the arguments of a call that fits centroids. `clusters` is the name of the argument for their
 * number.
 * @throws NearduckError (Binder Error) for invalid arguments.
 */
export function kmeansCall(
  given: Arguments,
  relationOf: (text: string) => Relation,
  clusters = 'k',
): KmeansCall {
  const call = given.withDefaults(KMEANS_PARAMETERS);
  const { functionName } = call;
  const source = sourceOf(call, relationOf);
  const k = call.anyNumber(clusters);
  const seed = call.integer('seed', 0);
  const init = call.text('init');
  const method = (['k-means||', 'random'] as const).find((name) => name === init.toLowerCase());
  if (!method && OTHER_METHODS.test(init))
    throw call.error('init', "must be 'k-means||', 'random' or a relation of centroids", init);
  const initial = method ? undefined : relationOf(init);
  if (initial) checkCentroidRelation(functionName, initial);
  const algorithm = call.choice<'auto' | 'lloyd' | 'hierarchical'>('algorithm');
  if (initial && algorithm === 'hierarchical') {
    throw call.error(
      'algorithm',
      `must be 'lloyd' or 'auto' when init is a relation of centroids`,
      `'${algorithm}'`,
    );
  }
  const fit = {
    k,
    seed,
    algorithm: initial ? ('lloyd' as const) : algorithm,
    maxIter: call.integer('max_iter', 1),
    tol: call.number('tol', 0),
    oversamplingFactor: call.number('oversampling_factor', 0, true),
  };
  const fitRows = call.has('fit_rows') ? call.integer('fit_rows', 1) : undefined;
  if (fitRows !== undefined && fitRows < k)
    throw call.error('fit_rows', `must be at least ${clusters} (${k})`, fitRows);
  const totalRows = call.isGiven('total_rows') ? call.integer('total_rows', 1) : undefined;
  const backend = checkBackend(call);

  const run: KmeansCall['run'] = async (context, extras, readMore, checkpoint) => {
    if (k < 1 || !Number.isInteger(k)) {
      const counted = await oneValue(context.connection, `SELECT count(*) FROM ${source.relation.from}`);
      throw outOfRange(functionName, Number(counted), clusters, k);
    }
    const options = await computeOptions(context, call, backend);
    const start = initial && (await readCentroids(context.connection, functionName, initial));
    if (start && start.numbers.length !== k) {
      throw binderError(
        `${functionName}: init relation must have k (${k}) centroids, got ${start.numbers.length}`,
      );
    }
    const rows = await readRelation(source, { ...options, seed, extras });
    try {
      if (k > rows.rowCount || !rows.store) throw outOfRange(functionName, rows.rowCount, clusters, k);
      if (start && start.dim !== rows.store.dim) {
        throw invalidInputError(
          `${functionName}: init centroids have ${start.dim} elements, but embeddings have ${rows.store.dim}`,
        );
      }
      const more = await readMore?.(rows, { ...options, seed });
      const step = await stepOptions(context, options);
      const keep = checkpoint && { checkpoint, order: keptOrder(rows, more?.earlier) };
      if (keep)
        checkDigest(checkpoint, 'rows', rowsDigest(rows.store, keep.order), "the input's rows differ");
      const sampled = fitRows ?? defaultFitRows(k);
      const fitted = await kmeans(rows.store, rows.hashes, {
        ...fit,
        ...step,
        memory: options.memory.fit,
        init: start?.values ?? method!,
        fitRows: sampled,
        totalRows,
        directory: options.store.directory,
        keep,
      });
      return { rows, more, fitted, fitRows: sampled, keep, step };
    } catch (error) {
      rows.store?.close();
      throw error;
    }
  };
  return { source, k, run };
}

/** Maximum number of rows that a fit of `k` clusters uses. */
export const defaultFitRows = (k: number): number => 256 * k;

/** All rows ordered by hash. Earlier rows come last. */
function keptOrder(rows: RelationRows, earlier: HashedRows | undefined): Int32Array {
  const order = hashedOrder(rows);
  return earlier
    ? concatRows(
        order,
        hashedOrder(earlier).map((row) => order.length + row),
      )
    : order;
}

/** The `backend` argument. Undefined when the session decides. */
export function checkBackend(call: Arguments): string | undefined {
  return call.has('backend') ? call.choice('backend') : undefined;
}

function outOfRange(functionName: string, rows: number, name: string, k: number): Error {
  const why = rows === 0 ? 'there are no valid rows: ' : '';
  const what = Number.isInteger(k) ? '' : 'an integer ';
  return binderError(
    `${functionName}: ${why}${name} must be ${what}between 1 and the number of rows (${rows}), got ${k}`,
  );
}
