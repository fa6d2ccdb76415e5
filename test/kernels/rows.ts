import * as fc from 'fast-check';

/** Repeatable numbers in [-1, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

/** Scales rows to unit length, as float32. No row may be zero. */
export function unitRows(rows: readonly ArrayLike<number>[]): Float32Array {
  const dim = rows[0]?.length ?? 0;
  const values = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => {
    const norm = Math.hypot(...Array.from(row));
    for (let d = 0; d < dim; d++) values[i * dim + d] = row[d] / norm;
  });
  return values;
}

interface Embeddings {
  readonly rows?: number;
  readonly dim?: number;
  readonly seed?: number;
  /** Number of topics that the rows scatter around. */
  readonly topics?: number;
  /** 0: every row equals its topic; 1: hardly related to it. */
  readonly noise?: number;
}

/**
 * Unit-length rows distributed like embeddings of text or images: around a few topics, some of them similar.
 */
export function embeddings({
  rows = 60,
  dim = 24,
  seed = 1,
  topics = 5,
  noise = 0.3,
}: Embeddings = {}): Float32Array {
  const random = randomNumbers(seed);
  const centers = Array.from({ length: topics }, () => Float64Array.from({ length: dim }, random));
  return unitRows(
    Array.from({ length: rows }, (_, i) => {
      const center = centers[i % topics];
      // The added value prevents zero rows.
      return center.map((value, d) => value + noise * random() + (d === 0 ? 1e-3 : 0));
    }),
  );
}

/** Cluster offsets from cluster sizes. */
export function offsetsOf(sizes: readonly number[]): Float64Array {
  const offsets = new Float64Array(sizes.length + 1);
  sizes.forEach((size, i) => (offsets[i + 1] = offsets[i] + size));
  return offsets;
}

/** Arbitrary numbers of elements per row: mostly small, sometimes up to `max`, as in real embeddings. */
export const dims = (max: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 70 }) }, fc.integer({ min: 71, max }));

/** Arbitrary options of `embeddings`: from copies of a few rows to almost unrelated rows. */
export const spread = fc.record({
  topics: fc.integer({ min: 1, max: 40 }),
  noise: fc.constantFrom(0, 1e-6, 0.05, 0.5, 3),
  seed: fc.nat(1e6),
});
