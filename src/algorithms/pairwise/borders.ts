import type { Above, Centroids } from '../../kernels/kernels.ts';
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
}

/**
 * Finds the borders near rows. With δ the row's distance to the border of centroids a (its own) and b,
 * ‖x − b‖² is ‖x − a‖² + 2 δ ‖a − b‖. So δ is at most d if x·b + (d ‖a − b‖ − ‖b‖² / 2), the product with b
 * plus a bias, is at least (1 − ‖x − a‖²) / 2.
 */
export class Borders {
  readonly #centroids: Centroids;
  /** ‖c‖² by centroid. */
  readonly #norms: Float64Array;
  readonly #distance: number;
  readonly #others: number;
  /** Distances from centroid `#from` to the others; NaN if not yet computed. */
  readonly #centroidDistances: Float64Array;
  #from = -1;

  constructor(centroids: Centroids, { distance, memberships }: Overlap) {
    const { k, dim, values } = centroids;
    this.#centroids = centroids;
    this.#norms = Float64Array.from({ length: k }, (_, c) => squaredNorm(values, c, dim));
    // Two rows whose computed cosine similarity is 1 − eps can be as far apart as √(2 eps + 2
    // MAX_PRODUCT_ERROR + the error of their norms).
    this.#distance = Math.sqrt(distance ** 2 + MAX_PRODUCT_ERROR);
    this.#others = memberships === 0 ? Infinity : memberships - 1;
    this.#centroidDistances = new Float64Array(k);
  }

  /** The centroids with the biases of one query range per cluster of `clusters`. */
  biased(clusters: readonly number[]): Centroids {
    const { k } = this.#centroids;
    const bias = new Float32Array(clusters.length * k);
    let at = 0;
    for (const cluster of clusters) {
      for (let c = 0; c < k; c++)
        bias[at++] = this.#distance * this.#distanceBetween(cluster, c) - this.#norms[c] / 2;
      // Its own centroid is never found: the score is `minScore` less 1.
      bias[at - k + cluster] = -this.#norms[cluster] / 2 - 1;
    }
    return { ...this.#centroids, bias };
  }

  /**
   * The minimum of product plus bias where a border is near a row at distance `own` from its own centroid.
   * It is slightly lower than in `nearest`, because sums of float32 values are rounded.
   */
  minScore(own: number): number {
    return (1 - own ** 2) / 2 - 8 * MAX_PRODUCT_ERROR * Math.max(1, own ** 2);
  }

  /**
   * Selects the centroids of entries `first` to `last` (exclusive) of `found` whose border is near, nearest
   * border first.
   */
  nearest(cluster: number, own: number, { index, score }: Above, first: number, last: number): NearBorder[] {
    const near: NearBorder[] = [];
    for (let i = first; i < last; i++) {
      const c = index[i];
      const apart = this.#distanceBetween(cluster, c);
      // (‖x − b‖² − ‖x − a‖²) / 2, with ‖x‖ = 1.
      const half = (1 - 2 * score[i] + this.#norms[c] - own ** 2) / 2;
      // A one-sided overlap also depends on the scores by which the other row was assigned.
      if (half > this.#distance * apart + 6 * MAX_PRODUCT_ERROR) continue;
      near.push({ cluster: c, distance: apart > 0 ? half / apart : 0 });
    }
    if (near.length > 1) near.sort((a, b) => a.distance - b.distance || a.cluster - b.cluster);
    return near.length > this.#others ? near.slice(0, this.#others) : near;
  }

  #distanceBetween(a: number, b: number): number {
    const distances = this.#centroidDistances;
    if (a !== this.#from) {
      this.#from = a;
      distances.fill(NaN);
    }
    if (!Number.isNaN(distances[b])) return distances[b];
    const { dim, values } = this.#centroids;
    let sum = 0;
    for (let d = 0, i = a * dim, j = b * dim; d < dim; d++) sum += (values[i++] - values[j++]) ** 2;
    return (distances[b] = Math.sqrt(sum));
  }
}
