import { everything } from '../kernels/pairs.ts';
import { readRows, sliceView, viewOf, type RowView } from '../rows/rowView.ts';
import { randomSource } from './random.ts';
import { BEST, workOf, type StepOptions } from './step.ts';

const ROUNDS = 3;
/** Rows looked at for each centroid: bounds the cost to a fraction of a Lloyd iteration on the whole sample. */
const ROWS_PER_CENTROID = 16;
const MIN_ROWS = 4096;

export interface InitOptions extends StepOptions {
  readonly k: number;
  readonly seed: number;
  /** Candidates per round, as a multiple of k. */
  readonly oversamplingFactor: number;
}

/** k rows of the sample, taken in its (hash) order from where the seed says: k × dim. */
export function randomCentroids(sample: RowView, k: number, seed: number): Float32Array {
  const random = randomSource(seed);
  const chosen = new Set<number>();
  // Floyd's algorithm: k distinct numbers, k draws.
  for (let i = sample.count - k; i < sample.count; i++) {
    const draw = Math.floor(random() * (i + 1));
    chosen.add(chosen.has(draw) ? i : draw);
  }
  return readRows(sample, [...chosen]);
}

/**
 * k-means|| (Bahmani et al., "Scalable K-Means++", VLDB 2012): a few rounds draw about oversamplingFactor · k candidates
 * each, with probability by squared distance; the candidates, weighted by the rows nearest to them, are then thinned to k.
 */
export async function scalableCentroids(sample: RowView, options: InitOptions): Promise<Float32Array> {
  const { k, seed, oversamplingFactor } = options;
  const limit = Math.min(sample.count, Math.max(MIN_ROWS, ROWS_PER_CENTROID * k));
  const random = randomSource(seed);
  const rows = sliceView(sample, 0, limit);
  const nearest = new Nearest(limit);
  const candidates: number[] = [];
  let fresh = [Math.floor(random() * limit)];
  for (let round = 0; ; round++) {
    await nearest.improve(rows, readRows(sample, fresh), candidates.length, options);
    candidates.push(...fresh);
    if (round === ROUNDS) break;
    const total = nearest.total();
    if (total <= 0) break;
    fresh = [];
    for (let i = 0; i < limit; i++) {
      if (random() < (oversamplingFactor * k * nearest.distance[i]) / total) fresh.push(i);
    }
    if (fresh.length === 0) fresh.push(nearest.farthest());
  }
  const weights = new Float64Array(candidates.length);
  for (const label of nearest.label) weights[label]++;
  const kept = await thin(sample, candidates, weights, random, options);
  return readRows(sample, fillUp(kept, k, limit, sample.count));
}

/** Squared distance of each row to its nearest candidate so far, and which one that is. */
class Nearest {
  readonly distance: Float64Array;
  readonly label: Int32Array;

  constructor(rows: number) {
    this.distance = new Float64Array(rows).fill(Infinity);
    this.label = new Int32Array(rows);
  }

  /** Looks at `values`, candidates number `base` and up. */
  async improve(rows: RowView, values: Float32Array, base: number, options: InitOptions): Promise<void> {
    const { dim } = rows.store;
    const k = values.length / dim;
    const centroids = { k, dim, values, bias: new Float32Array(k) };
    const pairs = everything(rows.count, k);
    const { score, index } = await options.kernels.search(rows, centroids, pairs, BEST, workOf(options));
    for (let row = 0; row < rows.count; row++) {
      // Both are unit rows: ‖x − c‖² = 2 − 2 x·c, and rounding must not make a row its own neighbour.
      const rounded = 2 - 2 * score[row];
      const squared = rounded < 1e-6 ? 0 : rounded;
      if (squared < this.distance[row]) {
        this.distance[row] = squared;
        this.label[row] = base + index[row];
      }
    }
  }

  total(weights?: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.distance.length; i++) sum += this.distance[i] * (weights?.[i] ?? 1);
    return sum;
  }

  farthest(): number {
    let best = 0;
    for (let i = 1; i < this.distance.length; i++) if (this.distance[i] > this.distance[best]) best = i;
    return best;
  }
}

/**
 * Thins weighted candidates to at most k: k-means++ that draws a growing batch (a quarter of what it has) between updates
 * of the distances, so that the work is a few large products instead of k small ones.
 */
async function thin(
  sample: RowView,
  candidates: readonly number[],
  weights: Float64Array,
  random: () => number,
  options: InitOptions,
): Promise<number[]> {
  const { k } = options;
  if (candidates.length <= k) return [...candidates];
  const rows = viewOf(readRows(sample, candidates), sample.store.dim);
  const nearest = new Nearest(candidates.length);
  nearest.distance.fill(1);
  const chosen = new Set<number>();
  while (chosen.size < k) {
    const count = Math.min(k - chosen.size, Math.max(1, chosen.size >> 2));
    const batch = draw(nearest, weights, chosen, count, random);
    if (batch.length === 0) break;
    if (chosen.size === 0) nearest.distance.fill(Infinity);
    for (const candidate of batch) chosen.add(candidate);
    await nearest.improve(rows, readRows(rows, batch), 0, options);
  }
  return [...chosen].map((candidate) => candidates[candidate]);
}

/** Up to `count` different candidates, each drawn with probability weight × squared distance. */
function draw(
  nearest: Nearest,
  weights: Float64Array,
  chosen: ReadonlySet<number>,
  count: number,
  random: () => number,
): number[] {
  const mass = Float64Array.from(weights, (weight, i) => (chosen.has(i) ? 0 : weight * nearest.distance[i]));
  let total = mass.reduce((sum, value) => sum + value, 0);
  const batch: number[] = [];
  while (batch.length < count && total > 0) {
    let rest = random() * total;
    let pick = -1;
    for (let i = 0; i < mass.length; i++) {
      if (mass[i] === 0) continue;
      pick = i;
      rest -= mass[i];
      if (rest < 0) break;
    }
    if (pick < 0) break;
    batch.push(pick);
    total -= mass[pick];
    mass[pick] = 0;
  }
  return batch;
}

/** Adds rows in sample order until there are k: fewer distinct ones were found. */
function fillUp(chosen: readonly number[], k: number, limit: number, count: number): number[] {
  const all = new Set(chosen);
  for (let i = 0; all.size < k && i < count; i++) all.add((limit + i) % count);
  return [...all];
}
