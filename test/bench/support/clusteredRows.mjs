import { addNoise, addScaled, GAUSSIANS, Random } from './gaussian.mjs';

/** Rows kept to copy near-duplicates from. */
const RECENT = 2048;
/** What rows of a cluster differ by: a few of its topics, each more or less, and noise. */
const TOPICS = 1024;
const TOPICS_A_CLUSTER = 32;
const TOPICS_A_ROW = 3;
const ROW_NOISE = 0.6;
/** About cosine 0.995 to the row it copies. */
const DUPLICATE_NOISE = 0.15;

/**
 * @typedef {object} Shape
 * @property {number} dim
 * @property {number} clusters centres that rows scatter around; large ones and small ones
 * @property {number} duplicates share of rows that nearly repeat one of the 2,048 rows before
 * @property {number} seed
 */

/**
 * An endless stream of rows, some of them near-duplicates. A row is the centre of its cluster, plus some topics, plus noise:
 * like learned embeddings, rows differ in few directions, and the first coordinates spread four times as wide as the last.
 * Streams of one seed share centres and topics and differ in their rows.
 */
export class ClusteredRows {
  /** @param {Shape} shape @param {number} stream */
  constructor({ dim, clusters, duplicates, seed }, stream = 0) {
    this.dim = dim;
    this.clusters = clusters;
    this.duplicates = duplicates;
    this.spread = Float32Array.from({ length: dim }, (_, j) => 1 / Math.sqrt(1 + (15 * j) / dim));
    this.random = new Random(seed, 1 + stream);
    this.recent = new Float32Array(RECENT * dim);
    this.made = 0;
    this.centers = normalRows(clusters, new Random(seed, 0), this.spread);
    this.topics = normalRows(TOPICS, new Random(0), this.spread);
  }

  /** Writes the next `count` rows to the front of `target`. @param {Float32Array} target @param {number} count */
  take(target, count) {
    const { dim, random, recent, spread } = this;
    for (let i = 0; i < count; i++, this.made++) {
      if (this.made > 0 && random.next() < this.duplicates) {
        const source = random.below(Math.min(this.made, RECENT)) * dim;
        addNoise(target, i * dim, recent, source, DUPLICATE_NOISE, spread, random);
      } else {
        const cluster = Math.floor(this.clusters * random.next() ** 1.5);
        addNoise(target, i * dim, this.centers, cluster * dim, ROW_NOISE, spread, random);
        this.#addTopics(target, i * dim, cluster);
      }
      recent.set(target.subarray(i * dim, (i + 1) * dim), (this.made % RECENT) * dim);
    }
  }

  #addTopics(target, at, cluster) {
    for (let t = 0; t < TOPICS_A_ROW; t++) {
      const bits = this.random.bits();
      const topic = (cluster * 7 + ((bits >>> 16) % TOPICS_A_CLUSTER)) % TOPICS;
      addScaled(target, at, this.topics, topic * this.dim, GAUSSIANS[bits & 0xffff], this.dim);
    }
  }
}

function normalRows(count, random, spread) {
  const dim = spread.length;
  const rows = new Float32Array(count * dim);
  const origin = new Float32Array(dim);
  for (let i = 0; i < count; i++) addNoise(rows, i * dim, origin, 0, 1, spread, random);
  return rows;
}
