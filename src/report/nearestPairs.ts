import type { Pair } from './reportData.ts';

/** Distances below this one are alike: float32 scores near 1 differ by so much. */
const MIN_DISTANCE = 1e-7;

/** Pairs, those nearest to the line first: by the ratio of their distance to eps. */
export function nearestPairs(pairs: readonly Pair[], eps: number): Pair[] {
  const distance = ({ score }: Pair): number =>
    Math.abs(Math.log(Math.max(1 - score, MIN_DISTANCE) / Math.max(eps, MIN_DISTANCE)));
  return [...pairs].sort((a, b) => distance(a) - distance(b));
}
