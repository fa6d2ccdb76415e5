/**
 * A seeded generator of uniform numbers in [0, 1): the 32-bit generator mulberry32 (T. Ettinger, public
 * domain).
 */
export function randomSource(seed: number): () => number {
  // Seeds above 32 bits differ too.
  let state = (seed + Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b9)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
