import { everything } from '../kernels/pairs.ts';
import { readRows, sliceView, viewOf, type RowView } from '../rows/rowView.ts';
import { randomSource } from './random.ts';
import { BEST, workFor, type StepOptions } from './step.ts';

const ROUNDS = 3;
/**
 * Number of rows compared per centroid. It limits the cost to a fraction of a Lloyd iteration over the entire
 * sample.
 */
const ROWS_PER_CENTROID = 8;
const MIN_ROWS = 4096;

/** Options of k-means||. `k` is the number of centroids; equal seeds give equal centroids. */
export interface InitOptions extends StepOptions {
  readonly k: number;
  readonly seed: number;
  /** Candidates per round, as a multiple of k. */
  readonly oversamplingFactor: number;
}

/** Selects k random rows of the sample, in its (hash) order: k × dim. The seed determines the selection. */
export function randomCentroids(sample: RowView, k: number, seed: number): Float32Array {
  const random = randomSource(seed);
  const chosen = new Set<number>();
  // Floyd's algorithm draws k distinct numbers with k draws.
  for (let i = sample.count - k; i < sample.count; i++) {
    const drawCandidates = Math.floor(random() * (i + 1));
    chosen.add(chosen.has(drawCandidates) ? i : drawCandidates);
  }
  return readRows(sample, [...chosen]);
}

/**
 * k-means|| (Bahmani et al., "Scalable K-Means++", VLDB 2012). A few rounds draw about oversamplingFactor · k
 * candidates each, with probability proportional to squared distance. Each candidate is weighted by the
 * number of rows nearest to it, and the candidates are then reduced to k.
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
  const kept = await reduceCandidates(sample, candidates, weights, random, options);
  return readRows(sample, fillUp(kept, k, limit, sample.count));
}

/** The squared distance of each row to its nearest candidate so far, and that candidate. */
class Nearest {
  readonly distance: Float64Array;
  readonly label: Int32Array;

  constructor(rows: number) {
    this.distance = new Float64Array(rows).fill(Infinity);
    this.label = new Int32Array(rows);
  }

  /** Compares the rows with the candidates in `values`, which are numbered from `base`. */
  async improve(rows: RowView, values: Float32Array, base: number, options: InitOptions): Promise<void> {
    const { dim } = rows.store;
    const k = values.length / dim;
    const centroids = { k, dim, values, bias: new Float32Array(k) };
    const pairs = everything(rows.count, k);
    const { score, index } = await options.kernels.search(rows, centroids, pairs, BEST, workFor(options));
    for (let row = 0; row < rows.count; row++) {
      // Both are unit rows, so ‖x − c‖² = 2 − 2 x·c. Rounding must not give a row a distance to itself.
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
 * Reduces weighted candidates to at most k. This is k-means++, but draws a growing batch (a quarter of the
 * current number) between updates of the distances, so that the work consists of a few large products instead
 * of k small ones.
 */
async function reduceCandidates(
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

/**
 * Draws up to `count` different candidates, each with probability proportional to weight × squared distance.
 */
function draw(
  nearest: Nearest,
  weights: Float64Array,
  chosen: ReadonlySet<number>,
  count: number,
  random: () => number,
): number[] {
  const mass = Float64Array.from(weights, (weight, i) => (chosen.has(i) ? 0 : weight * nearest.distance[i]));
  const blocks = new Float64Array(Math.ceil(mass.length / DRAW_BLOCK));
  const sumBlock = (b: number): void => {
    blocks[b] = mass.subarray(b * DRAW_BLOCK, (b + 1) * DRAW_BLOCK).reduce((sum, value) => sum + value, 0);
  };
  for (let b = 0; b < blocks.length; b++) sumBlock(b);
  const batch: number[] = [];
  while (batch.length < count) {
    const total = blocks.reduce((sum, value) => sum + value, 0);
    if (total === 0) break;
    const drawn = pickAt(blocks, 0, blocks.length, random() * total);
    const pick = pickAt(mass, drawn.index * DRAW_BLOCK, (drawn.index + 1) * DRAW_BLOCK, drawn.rest).index;
    batch.push(pick);
    mass[pick] = 0;
    sumBlock(drawn.index);
  }
  return batch;
}

/** Candidates per block whose mass is summed, so that a draw need not read all of them. */
const DRAW_BLOCK = 256;

/**
 * The first entry at which the sum of entries `from` to `to` (exclusive) exceeds `mass`, and the mass that
 * remains for it. Rounding may lead past the end: then the last entry that is not 0.
 */
function pickAt(
  masses: Float64Array,
  from: number,
  to: number,
  mass: number,
): { index: number; rest: number } {
  let [index, rest] = [from, mass];
  for (let i = from, left = mass; i < Math.min(to, masses.length); i++) {
    if (masses[i] === 0) continue;
    [index, rest] = [i, left];
    left -= masses[i];
    if (left < 0) break;
  }
  return { index, rest };
}

/** Adds rows in sample order until there are k, when fewer distinct rows were found. */
function fillUp(chosen: readonly number[], k: number, limit: number, count: number): number[] {
  const all = new Set(chosen);
  for (let i = 0; all.size < k && i < count; i++) all.add((limit + i) % count);
  return [...all];
}
