import type { Kernels, Matrix } from '../kernels/kernels.ts';
import { randomSource } from './random.ts';
import type { Sample } from './sample.ts';

const ROUNDS = 3;
/** Rows looked at for each centroid: bounds the cost to a fraction of a Lloyd iteration on the whole sample. */
const ROWS_PER_CENTROID = 16;
const MIN_ROWS = 4096;

export interface InitOptions {
  readonly kernels: Kernels;
  readonly k: number;
  readonly seed: number;
  /** Candidates a round, as a multiple of k. */
  readonly oversamplingFactor: number;
  readonly signal: AbortSignal;
}

/** k rows of the sample, taken in its (hash) order from where the seed says: k × dim. */
export function randomCentroids(sample: Sample, k: number, seed: number): Float32Array {
  const random = randomSource(seed);
  const chosen = new Set<number>();
  // Floyd's algorithm: k distinct numbers, k draws.
  for (let i = sample.count - k; i < sample.count; i++) {
    const draw = Math.floor(random() * (i + 1));
    chosen.add(chosen.has(draw) ? i : draw);
  }
  return sample.rows([...chosen]);
}

/**
 * k-means|| (Bahmani et al., "Scalable K-Means++", VLDB 2012): a few rounds draw about oversamplingFactor · k candidates
 * each, with probability by squared distance; the candidates, weighted by the rows nearest to them, are then thinned to k.
 */
export async function scalableCentroids(sample: Sample, options: InitOptions): Promise<Float32Array> {
  const { kernels, k, seed, oversamplingFactor, signal } = options;
  const limit = Math.min(sample.count, Math.max(MIN_ROWS, ROWS_PER_CENTROID * k));
  const random = randomSource(seed);
  const nearest = new Nearest(limit);
  const candidates: number[] = [];
  let fresh = [Math.floor(random() * limit)];
  for (let round = 0; ; round++) {
    await nearest.update(sample, kernels, limit, fresh, candidates.length);
    candidates.push(...fresh);
    signal.throwIfAborted();
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
  const kept = await thin(sample, kernels, candidates, weights, k, random);
  return sample.rows(fillUp(kept, k, limit, sample.count));
}

/** Squared distance of each row to its nearest candidate so far, and which one that is. */
class Nearest {
  readonly distance: Float64Array;
  readonly label: Int32Array;

  constructor(rows: number) {
    this.distance = new Float64Array(rows).fill(Infinity);
    this.label = new Int32Array(rows);
  }

  async update(
    sample: Sample,
    kernels: Kernels,
    limit: number,
    fresh: readonly number[],
    base: number,
  ): Promise<void> {
    const values = sample.rows(fresh);
    for await (const { block, start } of sample.blocks(limit)) {
      await this.improve(kernels, block, start, values, base);
    }
  }

  /** Looks at `values`, candidates number `base` and up, for the rows of `block`. */
  async improve(
    kernels: Kernels,
    block: Matrix,
    start: number,
    values: Float32Array,
    base: number,
  ): Promise<void> {
    const k = values.length / block.dim;
    const found = await kernels.assign(block, { k, dim: block.dim, values, bias: new Float32Array(k) });
    for (let i = 0; i < block.rows; i++) {
      // Both are unit rows: ‖x − c‖² = 2 − 2 x·c, and rounding must not make a row its own neighbour.
      const rounded = 2 - 2 * found.dot[i];
      const squared = rounded < 1e-6 ? 0 : rounded;
      if (squared < this.distance[start + i]) {
        this.distance[start + i] = squared;
        this.label[start + i] = base + found.label[i];
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
  sample: Sample,
  kernels: Kernels,
  candidates: readonly number[],
  weights: Float64Array,
  k: number,
  random: () => number,
): Promise<number[]> {
  if (candidates.length <= k) return [...candidates];
  const rows = sample.rows(candidates);
  const { dim } = sample;
  const block = await kernels.upload(candidates.length, dim, (target, from, to) => {
    target.set(rows.subarray(from * dim, to * dim));
  });
  try {
    const nearest = new Nearest(candidates.length);
    nearest.distance.fill(1);
    const chosen = new Set<number>();
    while (chosen.size < k) {
      const batch = draw(
        nearest,
        weights,
        chosen,
        Math.min(k - chosen.size, Math.max(1, chosen.size >> 2)),
        random,
      );
      if (batch.length === 0) break;
      if (chosen.size === 0) nearest.distance.fill(Infinity);
      for (const candidate of batch) chosen.add(candidate);
      const values = new Float32Array(batch.length * dim);
      batch.forEach((c, i) => values.set(rows.subarray(c * dim, (c + 1) * dim), i * dim));
      await nearest.improve(kernels, block, 0, values, 0);
    }
    return [...chosen].map((candidate) => candidates[candidate]);
  } finally {
    block.free();
  }
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
