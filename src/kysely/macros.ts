// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id } from './tableCall.ts';

/** Options of several helpers. */
interface Shared {
  /** in [0, 1] */
  readonly eps: number;
}

/**
 * Reads JSON files. Infers the types from all rows; read_json infers them from the first 20,480 rows and may
 * round later values. Returns the columns of the files.
 * @param files a path, a glob or a list of them
 */
export function readJsonExactly<Row = Record<string, unknown>>(
  files: string | readonly string[],
): RawBuilder<Row> {
  return tableCall('read_json_exactly', [], files);
}

/** Options of `duplicates`. */
export interface DuplicatesOptions extends Pick<Shared, 'eps'> {}
/** A row of `duplicates`. */
export interface DuplicatesRow<I = Id> {
  id: I;
}

/**
 * Ids of the rows with cosine_sim_score >= 1 - eps and above 0, sorted. Returns id.
 * @param pairs the result of pairwise: a table, a view or files
 */
export function duplicates<I = Id>(pairs: string, options: DuplicatesOptions): RawBuilder<DuplicatesRow<I>> {
  return tableCall('duplicates', ['eps'], pairs, options);
}

/** A row of `eps_curve`. */
export interface EpsCurveRow {
  eps: number;
  duplicates: bigint;
  share: number;
}

/**
 * Counts the rows that each of 14 eps from 0 to 0.5 would drop, and gives their share of all rows. Returns
 * eps DOUBLE, duplicates BIGINT, share DOUBLE.
 * @param pairs the result of pairwise
 */
export function epsCurve(pairs: string): RawBuilder<EpsCurveRow> {
  return tableCall('eps_curve', [], pairs);
}

/** A row of `eps_candidates`. */
export interface EpsCandidatesRow {
  eps: number;
  duplicates: bigint;
  share: number;
}

/**
 * Suggests up to three eps to look at first, and counts the rows that each drops. The distances 1 - score of
 * rows without a duplicate crowd around some value; the largest candidate is where this crowd ends. The
 * others are a half, a quarter and so on of it, as long as they drop fewer rows. Returns eps DOUBLE,
 * duplicates BIGINT, share DOUBLE.
 * @param pairs the result of pairwise
 */
export function epsCandidates(pairs: string): RawBuilder<EpsCandidatesRow> {
  return tableCall('eps_candidates', [], pairs);
}

/** Options of `similarity_histogram`. */
export interface SimilarityHistogramOptions {
  /** number of bins, from 1 to 10000; default: 20 */
  readonly bins?: number;
  /** the lowest score of the first bin; one more bin counts the rows below it; default: 0 */
  readonly fromScore?: number;
}
/** A row of `similarity_histogram`. */
export interface SimilarityHistogramRow {
  from_score: number;
  to_score: number;
  rows: bigint;
  bar: string;
}

/**
 * Counts the rows per bin of similarity scores, in bins of equal width up to 1, and draws a bar for each.
 * Returns from_score DOUBLE, to_score DOUBLE, rows BIGINT, bar VARCHAR.
 * @param pairs the result of pairwise
 */
export function similarityHistogram(
  pairs: string,
  options?: SimilarityHistogramOptions,
): RawBuilder<SimilarityHistogramRow> {
  return tableCall('similarity_histogram', [], pairs, options);
}

/** Options of `drop_by_group`. */
export interface DropByGroupOptions extends Pick<Shared, 'eps'> {
  /** a file, relation or SELECT text with the id and the column */
  readonly metadata: string;
  /** the column of the metadata */
  readonly groupBy: string;
  /** id column of the metadata; default: 'id' */
  readonly id?: string;
}
/** A row of `drop_by_group`. */
export interface DropByGroupRow {
  value: unknown;
  rows: bigint;
  dropped: bigint;
  share: number;
}

/**
 * The share of rows that eps drops per value of a column, largest share first. Rows without metadata count as
 * NULL. Returns value, rows BIGINT, dropped BIGINT, share DOUBLE.
 * @param pairs the result of pairwise
 */
export function dropByGroup(pairs: string, options: DropByGroupOptions): RawBuilder<DropByGroupRow> {
  return tableCall('drop_by_group', ['eps', 'metadata', 'groupBy'], pairs, options);
}

/** Options of `review_sample`. */
export interface ReviewSampleOptions extends Pick<Shared, 'eps'> {
  /**
   * number of pairs to draw; if all of 150 duplicates are judged the same, the precision is above 0.95 with
   * 95 % confidence
   */
  readonly rows: number | bigint;
  /** another seed draws other pairs; default: 42 */
  readonly seed?: number | bigint;
}
/** A row of `review_sample`. */
export interface ReviewSampleRow<I = Id> {
  id: I;
  max_id: I;
  score: number;
  weight: number;
  same: boolean | null;
}

/**
 * Draws pairs for a person to judge. Half of them are duplicates at eps; the other half lie between eps and
 * twice eps. The same pairs and seed give the same sample, in any order of rows. If pairs has the column
 * max_in_against (true if max_id is an earlier row), the sample has it too. Returns id, max_id, score FLOAT,
 * weight DOUBLE (rows that the pair stands for), same BOOLEAN (NULL, to fill in).
 * @param pairs the result of pairwise
 */
export function reviewSample<I = Id>(
  pairs: string,
  options: ReviewSampleOptions,
): RawBuilder<ReviewSampleRow<I>> {
  return tableCall('review_sample', ['eps', 'rows'], pairs, options);
}

/** A row of `eps_precision`. */
export interface EpsPrecisionRow {
  eps: number;
  rows: bigint;
  precision: number;
  precision_low: number;
  precision_high: number;
  is_largest_safe: boolean;
}

/**
 * Estimates the precision of each eps from the verdicts of a person: the share of the pairs within eps that
 * are the same, with a 95 % interval. It marks the largest eps whose lower bound is at least 0.95. Verdicts
 * on a review_sample have weights; without weights, the pairs must be drawn at random. Returns eps DOUBLE,
 * rows BIGINT (verdicts), precision DOUBLE, precision_low DOUBLE, precision_high DOUBLE, is_largest_safe
 * BOOLEAN.
 * @param verdicts a relation with the columns score, same BOOLEAN (NULL: not judged) and, optionally, weight
 */
export function epsPrecision(verdicts: string): RawBuilder<EpsPrecisionRow> {
  return tableCall('eps_precision', [], verdicts);
}

/** Options of `atlas_neighbors`. */
export interface AtlasNeighborsOptions {
  /** the result of pairwise, similar_pairs or nearest on it */
  readonly pairs: string;
  /** maximum number of neighbors per row, at least 1; default: 20 */
  readonly most?: number | bigint;
}
/** A row of `atlas_neighbors`. */
export interface AtlasNeighborsRow<I = Id> {
  row: bigint;
  id: I;
  neighbors: { ids: bigint[]; distances: number[] };
}

/**
 * Numbers the rows of a relation by id, from 0, and lists the neighbors of each row by number, as Embedding
 * Atlas reads them. Write the rows in this order. Returns row BIGINT, id, neighbors STRUCT(ids BIGINT[],
 * distances DOUBLE[]) (nearest first; a distance is 1 - cosine_sim_score).
 * @param relation a relation with the column id
 */
export function atlasNeighbors<I = Id>(
  relation: string,
  options: AtlasNeighborsOptions,
): RawBuilder<AtlasNeighborsRow<I>> {
  return tableCall('atlas_neighbors', ['pairs'], relation, options);
}
