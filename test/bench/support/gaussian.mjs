const TABLE_SIZE = 65_536;

/** A seeded source of 32-bit integers: sfc32 (C. Doty-Humphrey, PractRand, public domain). */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /** @param {...number} seeds numbers that together make the stream */
  constructor(...seeds) {
    for (const seed of seeds) {
      this.#a ^= seed | 0;
      this.#b ^= Math.floor(seed / 2 ** 32);
      for (let i = 0; i < 12; i++) this.bits();
    }
  }

  /** 32 random bits as a signed integer. */
  bits() {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }

  /** Uniform in [0, 1). */
  next() {
    return (this.bits() >>> 0) / 2 ** 32;
  }

  /** Uniform in 0 … limit − 1. */
  below(limit) {
    return Math.floor(this.next() * limit);
  }
}

/** Normal deviates to look up: two cheap random bytes make one number. */
export const GAUSSIANS = Float32Array.from({ length: TABLE_SIZE }, gaussianQuantile);

/** The middle of the table's i-th slice of the normal distribution, by bisection of its distribution function. */
function gaussianQuantile(_, i) {
  const p = (i + 0.5) / TABLE_SIZE;
  let low = -6;
  let high = 6;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (normalDistribution(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Abramowitz and Stegun 26.2.17, error below 7.5e-8. */
function normalDistribution(x) {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return x < 0 ? tail : 1 - tail;
}

/**
 * target[j] = base[j] + scale · spread[j] · a normal deviate, for a row of `dim` from `at` on.
 * @param {Float32Array} target @param {number} at @param {Float32Array} base @param {number} from
 * @param {number} scale @param {Float32Array} spread @param {Random} random
 */
export function addNoise(target, at, base, from, scale, spread, random) {
  const dim = spread.length;
  for (let j = 0; j < dim; j += 2) {
    const bits = random.bits();
    target[at + j] = base[from + j] + scale * spread[j] * GAUSSIANS[bits & 0xffff];
    if (j + 1 < dim) target[at + j + 1] = base[from + j + 1] + scale * spread[j + 1] * GAUSSIANS[bits >>> 16];
  }
}

/**
 * target[j] += weight · rows[j], for a row of `dim` from `at` on.
 * @param {Float32Array} target @param {number} at @param {Float32Array} rows @param {number} from
 * @param {number} weight @param {number} dim
 */
export function addScaled(target, at, rows, from, weight, dim) {
  for (let j = 0; j < dim; j++) target[at + j] += weight * rows[from + j];
}
