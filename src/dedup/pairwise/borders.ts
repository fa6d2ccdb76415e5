import type { Centroids } from '../../kernels/kernels.ts';
import { squaredNorm } from '../centroids.ts';

/** What a dot product of kernels may be off, as their tests demand. */
export const ERROR = 2e-6;

/** How far clusters overlap. */
export interface Overlap {
  /** Distance from a border up to which a row also belongs to the cluster behind it. */
  readonly distance: number;
  /** Clusters per row at most, its own one counted; 0: no limit. */
  readonly memberships: number;
  /** True where earlier rows are in their own cluster only; the others then need up to twice the distance. Default false. */
  readonly isOneSided?: boolean;
}

/** A border of a row's cluster. */
export interface NearBorder {
  /** The cluster behind it. */
  readonly cluster: number;
  /** The row's distance to it. */
  readonly distance: number;
}

/** Which borders are near to a row. */
export class Borders {
  readonly #centroids: Centroids;
  /** ‖c‖² by centroid. */
  readonly #norms: Float64Array;
  /** By centroid, what no other one is farther away than. */
  readonly #farthest: Float64Array;
  readonly #distance: number;
  readonly #others: number;
  /** Distances from the centroid `#from` to others, NaN before they are measured. */
  readonly #apart: Float64Array;
  #from = -1;

  constructor(centroids: Centroids, { distance, memberships }: Overlap) {
    const { k, dim, values } = centroids;
    this.#centroids = centroids;
    this.#norms = Float64Array.from({ length: k }, (_, c) => squaredNorm(values, c, dim));
    this.#farthest = farthest(centroids);
    // Two rows whose computed cosine is 1 − eps may be as far apart as √(2 eps + 2 ERROR + what their norms are off).
    this.#distance = Math.sqrt(distance ** 2 + ERROR);
    this.#others = memberships === 0 ? Infinity : memberships - 1;
    this.#apart = new Float64Array(k);
  }

  /**
   * The least x·b − ‖b‖²/2 of a centroid b whose border may be near to a row of `cluster`, at `own` from its centroid a. At
   * a distance δ, ‖x − b‖² is ‖x − a‖² + 2 δ ‖a − b‖; and ‖a − b‖ is at most ‖x − a‖ + ‖x − b‖, so that b is at most
   * ‖x − a‖ + 2 δ from the row.
   */
  leastScore(cluster: number, own: number): number {
    const squared = own ** 2 + 4 * ERROR;
    const byRow = (Math.sqrt(squared) + 2 * this.#distance) ** 2;
    const byCentroids = squared + 2 * this.#distance * this.#farthest[cluster];
    return (1 - Math.min(byRow, byCentroids)) / 2 - 2 * ERROR;
  }

  /** Those of the centroids `index` (with the dot products `score`) whose border is near, the nearest borders first. */
  within(cluster: number, own: number, index: Int32Array, score: Float32Array): readonly NearBorder[] {
    const near: NearBorder[] = [];
    for (let i = 0; i < index.length; i++) {
      const c = index[i];
      if (c === cluster) continue;
      const apart = this.#distanceBetween(cluster, c);
      // (‖x − b‖² − ‖x − a‖²) / 2, with ‖x‖ = 1.
      const half = (1 - 2 * score[i] + this.#norms[c] - own ** 2) / 2;
      // A one-sided overlap also depends on the scores that the other row was assigned by.
      if (half > this.#distance * apart + 6 * ERROR) continue;
      near.push({ cluster: c, distance: apart > 0 ? half / apart : 0 });
    }
    near.sort((a, b) => a.distance - b.distance || a.cluster - b.cluster);
    return near.length > this.#others ? near.slice(0, this.#others) : near;
  }

  #distanceBetween(a: number, b: number): number {
    if (a !== this.#from) {
      this.#from = a;
      this.#apart.fill(NaN);
    }
    const known = this.#apart[b];
    if (!Number.isNaN(known)) return known;
    const { dim, values } = this.#centroids;
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += (values[a * dim + d] - values[b * dim + d]) ** 2;
    return (this.#apart[b] = Math.sqrt(sum));
  }
}

/** By centroid, an upper bound of its distances to the others: through the mean of all. */
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
