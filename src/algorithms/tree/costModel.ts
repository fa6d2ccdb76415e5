import type { Kernels } from '../../kernels/kernels.ts';

/** Number of branches for k centroids. */
export const branchCount = (k: number): number => Math.min(k, Math.round(2 * Math.sqrt(k)));

/**
 * Minimum and maximum number of centroids that a branch reaches. With fewer, more rows miss their nearest
 * centroid.
 */
export const minReach = (k: number): number => Math.min(k, Math.round(8 * Math.sqrt(k)));
export const maxReach = (k: number): number => Math.min(k, Math.round(20 * Math.sqrt(k)));

/**
 * Finding the branch of a row and gathering the rows of a branch take as long as this number of multiply-adds.
 * A product takes as long as its multiply-adds and `PRODUCT_COST` more.
 */
const ROUTING_COST = 80_000;
const PRODUCT_COST = 64;

/**
 * Maximum number of products per row in a search by way of branches. Finding the branch counts as several
 * products.
 */
const branchProducts = (k: number, dim: number): number =>
  branchCount(k) + maxReach(k) + ROUTING_COST / (dim + PRODUCT_COST);

/** With at least this many rows per centroid, the sample determines the reach of branches reliably. */
const RELIABLE_ROWS = 64;

/** Returns true when branches save at least 28 % of the products. */
export const usesBranches = ({ sample, k, dim }: Omit<FitSize, 'hasNear'>): boolean =>
  sample >= RELIABLE_ROWS * k && branchProducts(k, dim) <= 0.72 * k;

/** Rows per centroid in the first iterations. Few rows suffice to get near the best centroids. */
const PART_ROWS = 64;

/** Near centroids of more rows would take too much memory. They take 64 bytes per row. */
const MAX_NEAR_ROWS = 2 ** 23;

/** Number of near centroids per row in a fit with this number of rows; 0 when rows are compared without them. */
export const nearCentroids = (sample: number, { nearCentroids = 0 }: Kernels): number =>
  sample <= MAX_NEAR_ROWS ? nearCentroids : 0;

/** Number of rows in the first iterations; 0 when they use the entire sample. */
export const partRows = (sample: number, k: number): number =>
  PART_ROWS * k <= sample / 2 ? PART_ROWS * k : 0;

/** Typical numbers of iterations: flat, hierarchical over a part of the sample, and then over all of it. */
const FLAT_ITERATIONS = 17;
const PART_ITERATIONS = 11;
const WHOLE_ITERATIONS = 5;
/** Number of these iterations over the part that compare rows with all centroids. */
const FULL_ITERATIONS = 4;

/** Algorithms for k-means. */
export type Algorithm = 'lloyd' | 'hierarchical';

/** The size of a clustering. */
export interface ClusteringSize {
  /** Rows to assign. */
  readonly rows: number;
  /** Number of rows in the sample of the fit. */
  readonly sample: number;
  readonly k: number;
  readonly dim: number;
  /** True if the backend compares rows with near centroids. */
  readonly hasNear: boolean;
}

type FitSize = Omit<ClusteringSize, 'rows'>;

/** Number of products of rows and centroids in a flat fit and the assignment after it. */
export const flatProducts = ({ rows, sample, k }: ClusteringSize): number =>
  (FLAT_ITERATIONS * sample + rows) * k;

/**
 * Number of products in a fit that compares rows with all centroids, or with near ones between such
 * iterations.
 */
function unbranchedProducts({ sample, k, hasNear }: FitSize): number {
  const part = partRows(sample, k);
  if (part === 0) return (hasNear ? FULL_ITERATIONS : FLAT_ITERATIONS) * sample * k;
  return hasNear
    ? ((FULL_ITERATIONS - 1) * part + sample) * k
    : (PART_ITERATIONS * part + WHOLE_ITERATIONS * sample) * k;
}

/** Number of products in a fit through branches. */
function branchedProducts({ sample, k, dim }: FitSize): number {
  const part = partRows(sample, k);
  const later =
    part > 0 ? (PART_ITERATIONS - 1) * part + WHOLE_ITERATIONS * sample : (FLAT_ITERATIONS - 1) * sample;
  return (part > 0 ? part : sample) * k + later * branchProducts(k, dim);
}

/** Returns true when a fit through branches takes less work than one without. */
export const branchesCostLess = (size: FitSize): boolean => branchedProducts(size) < unbranchedProducts(size);

/** Number of products in a hierarchical fit and the assignment after it. */
export function hierarchicalProducts(size: ClusteringSize): number {
  const { rows, k, dim } = size;
  if (!usesBranches(size)) return unbranchedProducts(size) + rows * k;
  return Math.min(unbranchedProducts(size), branchedProducts(size)) + rows * branchProducts(k, dim);
}

/** Below this cost in multiply-adds, flat k-means takes a few seconds on two cores. */
const MAX_FLAT_WORK = 4e11;
/** Minimum share of the products that the hierarchical fit must save. */
const MIN_SAVING = 0.25;

/** The algorithm that `algorithm := 'auto'` selects. */
export function chooseAlgorithm(size: ClusteringSize): Algorithm {
  const flat = flatProducts(size);
  if (flat * (size.dim + PRODUCT_COST) <= MAX_FLAT_WORK) return 'lloyd';
  return hierarchicalProducts(size) <= (1 - MIN_SAVING) * flat ? 'hierarchical' : 'lloyd';
}
