/** How many branches k centroids make. */
export const branchCount = (k: number): number => Math.min(k, Math.round(2 * Math.sqrt(k)));

/** How many centroids a branch reaches at least and at most: with fewer, more rows miss their nearest. */
export const leastReach = (k: number): number => Math.min(k, Math.round(8 * Math.sqrt(k)));
export const mostReach = (k: number): number => Math.min(k, Math.round(20 * Math.sqrt(k)));

/** What it takes to bring a row to its branch, in multiply-adds. */
const ROUTE = 100_000;

/** Products with centroids that a row takes in a search through branches, at most; the way to the branch counts as some. */
const branchProducts = (k: number, dim: number): number => branchCount(k) + mostReach(k) + ROUTE / dim;

/** Rows of the sample per centroid from which on they tell what a branch must reach. */
const TELLING_ROWS = 64;

/** Whether rows go through branches: where that saves a fifth of the products and more. */
export const usesBranches = ({ sample, k, dim }: Omit<ClusteringSize, 'rows'>): boolean =>
  sample >= TELLING_ROWS * k && branchProducts(k, dim) <= 0.8 * k;

/** Rows per centroid that the first iterations look at: most of the way to the best centroids needs few. */
const PART_ROWS = 64;

/** Rows of the sample that the first iterations look at; 0 where they look at all of it. */
export const partRows = (sample: number, k: number): number =>
  PART_ROWS * k <= sample / 2 ? PART_ROWS * k : 0;

/** Iterations that fits usually take: flat; and hierarchical, over a part of the sample and then over all of it. */
const FLAT_ITERATIONS = 17;
const PART_ITERATIONS = 11;
const WHOLE_ITERATIONS = 5;

/** How k-means is computed. */
export type Algorithm = 'lloyd' | 'hierarchical';

/** The size of a clustering. */
export interface ClusteringSize {
  /** Rows to assign. */
  readonly rows: number;
  /** Rows that the fit looks at. */
  readonly sample: number;
  readonly k: number;
  readonly dim: number;
}

/** Products of rows and centroids in a fit and the assignment after it, where every row meets every centroid. */
export const flatProducts = ({ rows, sample, k }: ClusteringSize): number =>
  (FLAT_ITERATIONS * sample + rows) * k;

/** The same for the hierarchical way. */
export function hierarchicalProducts(size: ClusteringSize): number {
  const { rows, sample, k, dim } = size;
  const part = partRows(sample, k);
  const perRow = usesBranches(size) ? branchProducts(k, dim) : k;
  const first = part > 0 ? part : sample;
  const later =
    part > 0 ? (PART_ITERATIONS - 1) * part + WHOLE_ITERATIONS * sample : FLAT_ITERATIONS * sample;
  return first * k + (later + rows) * perRow;
}

/** Multiply-adds up to which flat k-means is cheap: some seconds on two cores. */
const CHEAP = 4e11;
/** Share of the products that the hierarchical way must save. */
const WORTHWHILE = 0.25;

/** What `algorithm := 'auto'` stands for. */
export function chooseAlgorithm(size: ClusteringSize): Algorithm {
  const flat = flatProducts(size);
  if (flat * size.dim <= CHEAP) return 'lloyd';
  return hierarchicalProducts(size) <= (1 - WORTHWHILE) * flat ? 'hierarchical' : 'lloyd';
}
