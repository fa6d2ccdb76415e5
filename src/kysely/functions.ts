// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id, type Only, type Plain, type With } from './tableCall.ts';

/** Options of several helpers. */
interface Shared {
  /**
   * 'lloyd' compares every row with every centroid; 'hierarchical' first uses a part of the sample and, in
   * most iterations, compares a row only with 16 near centroids; from 1,200 (long rows) to 3,000 clusters on,
   * it assigns a row to a centroid near its branch, unless that raises the inertia by much; 'auto' is 'lloyd'
   * up to 4e11 multiply-adds (64 + dimensions per distance), or when 'hierarchical' saves less than a quarter
   * of the distances; default: 'auto'
   */
  readonly algorithm?: 'auto' | 'lloyd' | 'hierarchical';
  /** maximum number of Lloyd iterations; default: 300 */
  readonly maxIter?: number | bigint;
  /**
   * k-means stops when the relative improvement of the inertia falls below tol, or below 10 * tol while few
   * rows change cluster; 10 * tol with hierarchical; default: 1e-4
   */
  readonly tol?: number;
  /** 'k-means||', 'random', or a relation of centroids to start from; default: 'k-means||' */
  readonly init?: string;
  /** candidates per round of k-means||, as a multiple of k; default: 2.0 */
  readonly oversamplingFactor?: number;
  /** number of rows sampled for the fit, by hash of id; default: min(n, 256 · k) */
  readonly fitRows?: number | bigint;
  /** number of rows that will be assigned, if the relation is a sample of them; default: those of relation */
  readonly totalRows?: number | bigint;
  /** number of clusters, from 1 to the number of rows */
  readonly k: number | bigint;
  /**
   * a row is also compared in each cluster whose border is at most this far from it; sqrt(eps / 2) with
   * memberships := 0 misses no pair within eps; default: 0
   */
  readonly overlap?: number;
  /**
   * maximum number of clusters per row, including its own: those with the nearest borders, among twice as
   * many (at least 8) with the nearest centroids; 0 means no limit; default: 4
   */
  readonly memberships?: number | bigint;
  /** 'hard' keeps rows far from their centroid, 'easy' near ones, 'random' any; default: 'hard' */
  readonly whichToKeep?: 'hard' | 'easy' | 'random';
  /**
   * distance that hard and easy rank by: 'cosine' (cosine_dist_to_cent) or 'l2' (l2_dist_to_cent); default:
   * 'cosine'
   */
  readonly simMetric?: 'cosine' | 'l2';
  /**
   * an SQL ordering over the relation's columns, such as 'quality_score DESC'; overrides which_to_keep;
   * default: none
   */
  readonly rankBy?: string;
  /**
   * a condition over the relation's columns, such as 'is_curated'; rows that meet it rank before all others
   * and are never duplicates, not even of each other; default: none
   */
  readonly protect?: string;
  /**
   * a relation of earlier rows, with columns named as in `relation`: they rank before all its rows, by id;
   * they are not compared with each other, not returned, and not used to fit k-means; the two relations may
   * have ids in common; default: none
   */
  readonly against?: string;
  /** 'error' stops at invalid embeddings, 'skip' leaves them out; default: 'error' */
  readonly onInvalid?: 'error' | 'skip';
  /** 'auto', 'cpu', 'webgpu' or 'reference' (float64, slow); default: 'auto' */
  readonly backend?: 'auto' | 'cpu' | 'webgpu' | 'reference';
  /** the eps of the duplicates that recall counts; default: 0.1 */
  readonly eps?: number;
  /** the id column: unique, not NULL; default: 'id' */
  readonly id?: string;
  /** the embedding column: a list or array of numbers; default: 'embedding' */
  readonly embedding?: string;
  /** seed of every random choice; default: 42 */
  readonly seed?: number | bigint;
}

/** Options of `kmeans`. */
export interface KmeansOptions extends Pick<
  Shared,
  'k' | 'id' | 'embedding' | 'algorithm' | 'maxIter' | 'tol' | 'seed' | 'init' | 'oversamplingFactor' |
    'fitRows' | 'onInvalid' | 'backend'
> {}
/** A row of `kmeans`. */
export interface KmeansRow<I = Id> {
  id: I;
  centroid: number;
  cosine_dist_to_cent: number;
  l2_dist_to_cent: number;
}

/**
 * Clusters embeddings: k-means on unit-length rows. Returns id, centroid INTEGER (0 … k − 1),
 * cosine_dist_to_cent FLOAT, l2_dist_to_cent FLOAT.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function kmeans<I = Id>(relation: string, options: KmeansOptions): RawBuilder<KmeansRow<I>> {
  return tableCall('kmeans', ['k'], relation, options);
}

/** Options of `kmeans_centroids`. */
export interface KmeansCentroidsOptions extends Pick<
  Shared,
  'k' | 'id' | 'embedding' | 'algorithm' | 'maxIter' | 'tol' | 'seed' | 'init' | 'oversamplingFactor' |
    'fitRows' | 'onInvalid' | 'backend' | 'totalRows'
> {
  /**
   * adds the columns direction FLOAT[] and reach INTEGER[] (of branch b, in the row of centroid b), by which
   * kmeans_assign assigns rows exactly like a hierarchical kmeans; default: false
   */
  readonly withBranches?: boolean;
}
/** A row of `kmeans_centroids`. */
export interface KmeansCentroidsRow {
  centroid: number;
  embedding: number[];
  rows: bigint;
}

/**
 * Fits k-means and returns its centroids, to store and reuse with kmeans_assign. Returns centroid INTEGER,
 * embedding FLOAT[] (plain mean, not unit length), rows BIGINT; with with_branches, direction FLOAT[], reach
 * INTEGER[].
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function kmeansCentroids<const O extends KmeansCentroidsOptions = KmeansCentroidsOptions>(
  relation: string,
  options: Only<O, KmeansCentroidsOptions>,
): RawBuilder<Plain<
  KmeansCentroidsRow &
    With<O, 'withBranches', { direction: number[] | null; reach: number[] | null; }>
>> {
  return tableCall('kmeans_centroids', ['k'], relation, options);
}

/** Options of `kmeans_assign`. */
export interface KmeansAssignOptions extends Pick<
  Shared,
  'id' | 'embedding' | 'overlap' | 'memberships' | 'onInvalid' | 'backend'
> {
  /** a relation with the columns centroid and embedding, and those of with_branches */
  readonly centroids: string;
  /**
   * adds the embeddings as they were compared; functions that read them again compare the same values;
   * default: false
   */
  readonly withEmbeddings?: boolean;
  /**
   * returns a row once per bucket of its clusters, roughly in the order of buckets; the relation of centroids
   * has the column bucket, an integer that neighbouring clusters share; default: false
   */
  readonly withBuckets?: boolean;
}
/** A row of `kmeans_assign`. */
export interface KmeansAssignRow<I = Id> {
  id: I;
  centroid: number;
  cosine_dist_to_cent: number;
  l2_dist_to_cent: number;
}

/**
 * Assigns embeddings to the nearest centroids of a model that kmeans_centroids returned. Returns id, centroid
 * INTEGER (of the row in the relation of centroids), cosine_dist_to_cent FLOAT, l2_dist_to_cent FLOAT; with
 * overlap, clusters INTEGER[] (nearest cluster first); with with_embeddings, embedding BLOB (float32 values,
 * of unit length); with with_buckets, bucket INTEGER.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function kmeansAssign<I = Id, const O extends KmeansAssignOptions = KmeansAssignOptions>(
  relation: string,
  options: Only<O, KmeansAssignOptions>,
): RawBuilder<Plain<
  KmeansAssignRow<I> &
    With<O, 'overlap', { clusters: number[]; }> &
    With<O, 'withEmbeddings', { embedding: unknown; }> &
    With<O, 'withBuckets', { bucket: number; }>
>> {
  return tableCall('kmeans_assign', ['centroids'], relation, options);
}

/** Options of `pairwise`. */
export interface PairwiseOptions extends Pick<
  Shared,
  'id' | 'embedding' | 'whichToKeep' | 'simMetric' | 'rankBy' | 'protect' | 'against' | 'overlap' |
    'memberships' | 'seed' | 'onInvalid' | 'backend'
> {
  /**
   * the cluster column, or a column of lists of clusters, each of which the row is compared in; NULL compares
   * all rows with each other; default: 'centroid'
   */
  readonly cluster?: string | null;
  /**
   * the centroids that the cluster column refers to, as returned by kmeans_centroids; needed for overlap;
   * default: none
   */
  readonly centroids?: string;
  /**
   * an SQL condition: rows for which it is true are also compared with all rows, which adds the column
   * checked_score; default: none
   */
  readonly checkWhere?: string;
  /**
   * an SQL condition: check_where compares only with the rows for which it is true; so each part of a
   * relation can check rows against its own rows; default: none
   */
  readonly checkAmong?: string;
}
/** A row of `pairwise`. */
export interface PairwiseRow<I = Id> {
  id: I;
  max_id: I;
  cosine_sim_score: number;
  centroid: unknown;
  rank: bigint;
}

/**
 * Finds for each row the most similar row ranked before it in its cluster. Returns id, max_id,
 * cosine_sim_score FLOAT, centroid (the cluster column; none with cluster := NULL), rank BIGINT (1 = kept
 * before all others of the relation); with check_where, checked_score FLOAT (NULL for rows not checked); with
 * against, max_in_against BOOLEAN.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function pairwise<I = Id, const O extends PairwiseOptions = PairwiseOptions>(
  relation: string,
  options?: Only<O, PairwiseOptions>,
): RawBuilder<Plain<
  PairwiseRow<I> &
    With<O, 'checkWhere', { checked_score: number | null; }> &
    With<O, 'against', { max_in_against: boolean; }>
>> {
  return tableCall('pairwise', [], relation, options);
}

/** Options of `kmeans_pairwise`. */
export interface KmeansPairwiseOptions extends Pick<
  Shared,
  'k' | 'id' | 'embedding' | 'algorithm' | 'maxIter' | 'tol' | 'seed' | 'init' | 'oversamplingFactor' |
    'fitRows' | 'onInvalid' | 'backend' | 'whichToKeep' | 'simMetric' | 'rankBy' | 'protect' | 'against' |
    'overlap' | 'memberships' | 'eps'
> {
  /**
   * share of all duplicates to find: chooses the overlap by a sample of rows; 1 is certain to miss none;
   * default: none
   */
  readonly recall?: number;
  /**
   * number of rows, drawn by hash of id, that are also compared with all rows; adds the column checked_score,
   * from which pairwise_recall estimates the recall; default: 0
   */
  readonly checkRows?: number | bigint;
  /**
   * also finds the groups of duplicates at eps, like duplicate_groups, and adds the columns kept_id and
   * kept_score; 'chain' drops a row when any row ranked before it is within eps, 'covered' when a kept row
   * ranked before it is within eps, 'components' keeps the first row of each connected component; default:
   * none
   */
  readonly rule?: 'chain' | 'covered' | 'components';
}
/** A row of `kmeans_pairwise`. */
export interface KmeansPairwiseRow<I = Id> {
  id: I;
  centroid: number;
  cosine_dist_to_cent: number;
  l2_dist_to_cent: number;
  max_id: I;
  cosine_sim_score: number;
  rank: bigint;
  kept_in_against?: boolean;
}

/**
 * Runs kmeans, then pairwise inside its clusters, reading the embeddings once. Returns id, centroid INTEGER
 * (0 … k − 1), cosine_dist_to_cent FLOAT, l2_dist_to_cent FLOAT, max_id, cosine_sim_score FLOAT, rank BIGINT
 * (1 = kept before all others of the relation); with rule, kept_id (the row itself if it is kept), kept_score
 * FLOAT (NULL there); with check_rows, checked_score FLOAT (NULL for rows not checked); with against,
 * max_in_against BOOLEAN; with against and rule, kept_in_against BOOLEAN.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function kmeansPairwise<I = Id, const O extends KmeansPairwiseOptions = KmeansPairwiseOptions>(
  relation: string,
  options: Only<O, KmeansPairwiseOptions>,
): RawBuilder<Plain<
  KmeansPairwiseRow<I> &
    With<O, 'rule', { kept_id: I; kept_score: number | null; }> &
    With<O, 'checkRows', { checked_score: number | null; }> &
    With<O, 'against', { max_in_against: boolean; }>
>> {
  return tableCall('kmeans_pairwise', ['k'], relation, options);
}

/** Options of `overlap_for_recall`. */
export interface OverlapForRecallOptions extends Pick<
  Shared,
  'id' | 'embedding' | 'eps' | 'totalRows' | 'whichToKeep' | 'simMetric' | 'rankBy' | 'protect' | 'against'
    | 'seed' | 'onInvalid' | 'backend'
> {
  /** the centroids that the rows are assigned to, as for kmeans_assign */
  readonly centroids: string;
  /** share of all duplicates to find; 1 misses none */
  readonly recall: number;
  /**
   * number of rows among which duplicates are searched: those with the lowest hashes of their ids, and as
   * many earlier rows; default: max(256 · k, 1,000,000)
   */
  readonly sampleRows?: number | bigint;
  /**
   * number of rows by which the recall is estimated later; if there are few rows, these are not used to
   * choose the overlap; default: 0
   */
  readonly checkRows?: number | bigint;
  /**
   * number of rows that against is a sample of; if there are far more of them, each is only in its own
   * cluster; default: those of against
   */
  readonly earlierRows?: number | bigint;
}
/** A row of `overlap_for_recall`. */
export interface OverlapForRecallRow {
  overlap: number;
  memberships: bigint;
  earlier_overlap: number;
}

/**
 * Chooses the overlap that finds a share of all duplicates, like recall of kmeans_pairwise, for kmeans_assign
 * and pairwise. Returns one row. Returns overlap DOUBLE, memberships BIGINT (0 means no limit),
 * earlier_overlap DOUBLE (the overlap of earlier rows; 0 if there are far more of them: they are then only in
 * their own cluster).
 * @param relation a table, view, file or SELECT text with an id and an embedding column; or a sample of it,
 * with its lowest hashes
 */
export function overlapForRecall(
  relation: string,
  options: OverlapForRecallOptions,
): RawBuilder<OverlapForRecallRow> {
  return tableCall('overlap_for_recall', ['centroids', 'recall'], relation, options);
}

/** Options of `pairwise_recall`. */
export interface PairwiseRecallOptions extends Pick<
  Shared,
  'id' | 'embedding' | 'protect' | 'against' | 'seed' | 'onInvalid' | 'backend'
> {
  /**
   * the result of pairwise or kmeans_pairwise on these rows; if it has the column checked_score, and rows is
   * not given, the relation is not read
   */
  readonly pairs: string;
  /** a number in [0, 1], or a list of them */
  readonly eps: number | readonly number[];
  /**
   * number of rows sampled among those that are not duplicates, by hash of id; the cost grows with it, and
   * the interval narrows with its square root; default: 1,700; all of up to 10,000
   */
  readonly rows?: number | bigint;
}
/** A row of `pairwise_recall`. */
export interface PairwiseRecallRow {
  eps: number;
  duplicates: bigint;
  recall: number;
  recall_low: number;
  recall_high: number;
  rows_checked: bigint;
}

/**
 * Estimates the share of all duplicates that a search inside clusters found, by comparing a sample of the
 * other rows with all rows. Returns one row per eps. Returns eps DOUBLE, duplicates BIGINT (found), recall
 * DOUBLE, recall_low DOUBLE, recall_high DOUBLE (95 % interval), rows_checked BIGINT.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function pairwiseRecall(
  relation: string,
  options: PairwiseRecallOptions,
): RawBuilder<PairwiseRecallRow> {
  return tableCall('pairwise_recall', ['pairs', 'eps'], relation, options);
}

/** Options of `nearest`. */
export interface NearestOptions extends Pick<Shared, 'id' | 'embedding' | 'onInvalid' | 'backend'> {
  /** a table, view, file or SELECT text with an id and an embedding column */
  readonly relation: string;
  /** maximum number of neighbours per query; default: 1 */
  readonly k?: number | bigint;
  /** minimum similarity of neighbours, from -1 to 1; NULL returns all; default: NULL */
  readonly minScore?: number | null;
}
/** A row of `nearest`. */
export interface NearestRow<I = Id> {
  id: I;
  neighbor_id: I;
  neighbor_rank: number;
  cosine_sim_score: number;
}

/**
 * Finds for each row of `queries` the `k` nearest rows of `relation` by cosine similarity, exactly; ties go
 * to the lower id. If both are the same text, a row is not its own neighbour. Returns id, neighbor_id,
 * neighbor_rank INTEGER (1 = nearest), cosine_sim_score FLOAT.
 * @param queries the rows to find neighbours for: a relation with an id and an embedding column, named as in
 * `relation`
 */
export function nearest<I = Id>(queries: string, options: NearestOptions): RawBuilder<NearestRow<I>> {
  return tableCall('nearest', ['relation'], queries, options);
}

/** Options of `similar_pairs`. */
export interface SimilarPairsOptions extends Pick<
  Shared,
  'id' | 'embedding' | 'overlap' | 'memberships' | 'simMetric' | 'rankBy' | 'protect' | 'against' | 'seed' |
    'onInvalid' | 'backend'
> {
  /** pairs have a cosine similarity of at least 1 - eps; from 0 to 1 */
  readonly eps: number;
  /**
   * number of clusters, inside which rows are compared; NULL compares all rows with each other; default: NULL
   */
  readonly clusters?: number | bigint | null;
  /** a column of lists of clusters, instead of `clusters`: compares rows that share one; default: NULL */
  readonly cluster?: string | null;
  /** maximum number of pairs; more are an error that gives their number; default: 100 * rows */
  readonly maxPairs?: number | bigint;
  /**
   * with false, rows with the same bytes as an earlier row have only one pair, with the first such row
   * (is_copy), so that a million copies make a million pairs; duplicate_groups accepts this form; default:
   * true
   */
  readonly copies?: boolean;
  /**
   * 'hard' keeps rows far from their centroid, 'easy' near ones, 'random' any; by id, lower ids rank first;
   * default: by id, or 'hard' with `clusters`
   */
  readonly whichToKeep?: 'hard' | 'easy' | 'random';
}
/** A row of `similar_pairs`. */
export interface SimilarPairsRow<I = Id> {
  id: I;
  other_id: I;
  cosine_sim_score: number;
  rank: bigint;
  other_rank: bigint;
}

/**
 * Finds every pair of rows with cosine_sim_score >= 1 - eps; with `clusters`, inside clusters only. Returns
 * id, other_id (ranked before it), cosine_sim_score FLOAT, rank BIGINT (1 = kept before all others of the
 * relation), other_rank BIGINT; with copies := false, is_copy BOOLEAN; with against, other_in_against
 * BOOLEAN; with protect, other_protected BOOLEAN.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function similarPairs<I = Id, const O extends SimilarPairsOptions = SimilarPairsOptions>(
  relation: string,
  options: Only<O, SimilarPairsOptions>,
): RawBuilder<Plain<
  SimilarPairsRow<I> &
    With<O, 'copies', { is_copy: boolean; }, false> &
    With<O, 'against', { other_in_against: boolean; }> &
    With<O, 'protect', { other_protected: boolean; }>
>> {
  return tableCall('similar_pairs', ['eps'], relation, options);
}

/** Options of `duplicate_groups`. */
export interface DuplicateGroupsOptions {
  /** rows are similar if cosine_sim_score >= 1 - eps and > 0; from 0 to 1 */
  readonly eps: number;
  /**
   * 'chain' drops a row when any row ranked before it is within eps, 'covered' when a kept row ranked before
   * it is within eps, 'components' keeps the first row of each connected component; default: 'chain'
   */
  readonly rule?: 'chain' | 'covered' | 'components';
}
/** A row of `duplicate_groups`. */
export interface DuplicateGroupsRow<I = Id> {
  id: I;
  kept_id: I;
  max_id: I;
  cosine_sim_score: number;
  group_size: bigint;
  kept_in_against?: boolean;
  max_in_against?: boolean;
}

/**
 * Finds the row that is kept for each duplicate. Returns one row per duplicate, sorted by id. max_id and
 * cosine_sim_score are those of pairwise, whatever the rule: the most similar row ranked before it, or the
 * row itself and 0 if none is within eps. Returns id, kept_id, max_id, cosine_sim_score FLOAT (DOUBLE if that
 * of pairs is DOUBLE), group_size BIGINT (rows of the group, including the kept row); with pairs of against,
 * kept_in_against BOOLEAN, max_in_against BOOLEAN.
 * @param pairs the result of pairwise or kmeans_pairwise (rule chain only: they have the best pair of each
 * row), or of similar_pairs; or a SELECT from one
 */
export function duplicateGroups<I = Id>(
  pairs: string,
  options: DuplicateGroupsOptions,
): RawBuilder<DuplicateGroupsRow<I>> {
  return tableCall('duplicate_groups', ['eps'], pairs, options);
}

/** Options of `invalid_embeddings`. */
export interface InvalidEmbeddingsOptions extends Pick<Shared, 'id' | 'embedding'> {}
/** A row of `invalid_embeddings`. */
export interface InvalidEmbeddingsRow<I = Id> {
  id: I;
  reason: string;
}

/**
 * Lists the rows that on_invalid := 'skip' skips, with the reason. Returns id, reason VARCHAR.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function invalidEmbeddings<I = Id>(
  relation: string,
  options?: InvalidEmbeddingsOptions,
): RawBuilder<InvalidEmbeddingsRow<I>> {
  return tableCall('invalid_embeddings', [], relation, options);
}

/** Options of `embedding_health`. */
export interface EmbeddingHealthOptions extends Pick<Shared, 'id' | 'embedding'> {
  /** seed of the sample; default: 42 */
  readonly seed?: number | bigint;
}
/** A row of `embedding_health`. */
export interface EmbeddingHealthRow {
  finding: string;
  status: string;
  value: number;
  detail: string;
  remedy: string;
}

/**
 * Checks the embeddings before you choose an eps. Returns one row per check; a warning comes with a remedy.
 * It reads all rows once; checks of pairs compare 1,000 rows, drawn by hash of id. Returns finding VARCHAR,
 * status VARCHAR ('ok' or 'warning'), value DOUBLE, detail VARCHAR, remedy VARCHAR.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function embeddingHealth(
  relation: string,
  options?: EmbeddingHealthOptions,
): RawBuilder<EmbeddingHealthRow> {
  return tableCall('embedding_health', [], relation, options);
}

/**
 * Reads Arrow IPC files and streams (.arrow, .arrows, .feather version 2). Returns the columns of the file;
 * lists and fixed-size lists of numbers as LIST and ARRAY, float16 as FLOAT.
 * @param path a local file, a folder of files, a glob, or a list of these
 */
export function readArrow<Row = Record<string, unknown>>(path: string | readonly string[]): RawBuilder<Row> {
  return tableCall('read_arrow', [], path);
}

/** Options of `read_npy`. */
export interface ReadNpyOptions {
  /**
   * the array to read from a .npz file with several; a compressed array is first inflated into
   * temp_directory; default: none
   */
  readonly arrayName?: string;
  /** number of the first row, for reading some of several files; default: 0 */
  readonly firstRow?: number | bigint;
}
/** A row of `read_npy`. */
export interface ReadNpyRow {
  row: bigint;
  embedding: number[];
}

/**
 * Reads NumPy arrays of float16, float32 or float64 (.npy, .npz). It streams the rows; it does not load the
 * array into memory. Returns row BIGINT (counted from first_row on, across files), embedding FLOAT[n]
 * (float64 is rounded).
 * @param path a local file, a folder of files, a glob, or a list of these
 */
export function readNpy(path: string | readonly string[], options?: ReadNpyOptions): RawBuilder<ReadNpyRow> {
  return tableCall('read_npy', [], path, options);
}
