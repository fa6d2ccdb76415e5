import type { Centroids } from '../../kernels/kernels.ts';
import { squaredNorm } from '../centroids.ts';

/** Maximum error of a dot product of kernels, as enforced by their tests. */
export const MAX_PRODUCT_ERROR = 2e-6;

/** The extent to which clusters overlap. */
export interface Overlap {
  /** A row also belongs to a cluster whose border is at most this far away. */
  readonly distance: number;
  /** Maximum number of clusters per row, including its own; 0 means no limit. */
  readonly memberships: number;
  /**
   * True when earlier rows belong only to their own cluster. The others then need up to twice the distance.
   * Default: false.
   */
  readonly isOneSided?: boolean;
}

/** A border near a row. */
export interface NearBorder {
  /** The cluster on the other side. */
  readonly cluster: number;
  /** The row's distance to the border. */
  readonly distance: number;
  /** Its place among the centroids searched, which is their order of nearness when memberships are limited. */
  readonly place: number;
}

/** Centroids, and the dot products of rows with them. */
export interface ScoredCentroids {
  readonly index: Int32Array;
  readonly score: Float32Array;
}

/** Finds the borders near a row. */
export class Borders {
  readonly #centroids: Centroids;
  /** ‖c‖² by centroid. */
  readonly #norms: Float64Array;
  /** Per centroid, an upper bound of the distances to all others. */
  readonly #farthest: Float64Array;
  readonly #distance: number;
  readonly #others: number;
  /** Distances from centroid `#from` to the others; NaN if not yet computed. */
  readonly #centroidDistances: Float64Array;
  #from = -1;

  constructor(centroids: Centroids, { distance, memberships }: Overlap) {
    const { k, dim, values } = centroids;
    this.#centroids = centroids;
    this.#norms = Float64Array.from({ length: k }, (_, c) => squaredNorm(values, c, dim));
    this.#farthest = farthest(centroids);
    // Two rows whose computed cosine similarity is 1 − eps can be as far apart as √(2 eps + 2
    // MAX_PRODUCT_ERROR + the error of their norms).
    this.#distance = Math.sqrt(distance ** 2 + MAX_PRODUCT_ERROR);
    this.#others = memberships === 0 ? Infinity : memberships - 1;
    this.#centroidDistances = new Float64Array(k);
  }

  /**
   * The minimum of x·b − ‖b‖²/2 for a centroid b whose border may be near a row of `cluster`, at distance
   * `own` from its centroid a. At distance δ from the border, ‖x − b‖² is ‖x − a‖² + 2 δ ‖a − b‖. As ‖a − b‖
   * is at most ‖x − a‖ + ‖x − b‖, b is at most ‖x − a‖ + 2 δ from the row.
   */
  minScore(cluster: number, own: number): number {
    const squared = own ** 2 + 4 * MAX_PRODUCT_ERROR;
    const byRow = (Math.sqrt(squared) + 2 * this.#distance) ** 2;
    const byCentroids = squared + 2 * this.#distance * this.#farthest[cluster];
    return (1 - Math.min(byRow, byCentroids)) / 2 - 2 * MAX_PRODUCT_ERROR;
  }

  /**
   * Selects the centroids of entries `first` to `last` (exclusive) of `found` whose border is near, nearest
   * border first.
   */
  nearest(cluster: number, own: number, found: ScoredCentroids, first: number, last: number): NearBorder[] {
    const { index, score } = found;
    const near: NearBorder[] = [];
    for (let i = first; i < last; i++) {
      const c = index[i];
      if (c === cluster) continue;
      const apart = this.#distanceBetween(cluster, c);
      // (‖x − b‖² − ‖x − a‖²) / 2, with ‖x‖ = 1.
      const half = (1 - 2 * score[i] + this.#norms[c] - own ** 2) / 2;
      // A one-sided overlap also depends on the scores by which the other row was assigned.
      if (half > this.#distance * apart + 6 * MAX_PRODUCT_ERROR) continue;
      near.push({ cluster: c, distance: apart > 0 ? half / apart : 0, place: i - first });
    }
    if (near.length > 1) near.sort((a, b) => a.distance - b.distance || a.cluster - b.cluster);
    return near.length > this.#others ? near.slice(0, this.#others) : near;
  }

  #distanceBetween(a: number, b: number): number {
    if (a !== this.#from) {
      this.#from = a;
      this.#centroidDistances.fill(NaN);
    }
    const known = this.#centroidDistances[b];
    if (!Number.isNaN(known)) return known;
    const { dim, values } = this.#centroids;
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += (values[a * dim + d] - values[b * dim + d]) ** 2;
    return (this.#centroidDistances[b] = Math.sqrt(sum));
  }
}

/** Per centroid, an upper bound of its distances to the others, computed by way of the mean of all. */
function farthest({ k, dim, values }: Centroids): Float64Array {
  const mean = new Float64Array(dim);
  for (let i = 0; i < values.length; i++) mean[i % dim] += values[i] / k;
  const toMean = Float64Array.from({ length: k }, (_, c) => {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += (values[c * dim + d] - mean[d]) ** 2;
    return Math.sqrt(sum);
  });
  const most = toMean.reduce((a, b) => Math.max(a, b), 0);
  return toMean.map((distance) => distance + most);
}
