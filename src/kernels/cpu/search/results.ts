import type { Simd } from '../../../simd/simd.ts';
import type { Above, Best, Found, Top, Want } from '../../kernels.ts';
import { noneFound } from '../../pairs.ts';
import type { CallState } from '../lanes/callState.ts';
import { AboveFinds } from './aboveFinds.ts';
import { BestFinds } from './bestFinds.ts';
import type { Finds } from './finds.ts';
import type { FoundPairs } from './pairList.ts';
import { TopFinds } from './topFinds.ts';

/** What lanes look for, and the memory that they share for what they find; pairs above a score they return instead. */
export type Results =
  | { readonly kind: 'best'; readonly best: Best }
  | { readonly kind: 'top'; readonly k: number; readonly top: Top }
  | { readonly kind: 'above'; readonly least: Float32Array; readonly limit: number };

/** Nothing found yet, for so many queries. */
export function resultsFor(want: Want, queries: number): Results {
  switch (want.kind) {
    case 'best':
      return { kind: 'best', best: noneFound(queries) };
    case 'top':
      return { kind: 'top', k: want.k, top: noneFound(queries * want.k) };
    case 'above': {
      const least = new Float32Array(new SharedArrayBuffer(queries * 4));
      if (typeof want.score === 'number') least.fill(atLeast(want.score));
      else least.set(want.score);
      return { kind: 'above', least, limit: want.limit ?? Infinity };
    }
  }
}

/** The least float32 that is not below a score. */
function atLeast(score: number): number {
  const rounded = Math.fround(score);
  return rounded < score ? nextUp(rounded) : rounded;
}

function nextUp(value: number): number {
  const float = Float32Array.of(value);
  const bits = new Int32Array(float.buffer);
  if (value === 0) return 2 ** -149;
  bits[0] += value > 0 ? 1 : -1;
  return float[0];
}

/** For queries `start` to `end` (exclusive), in a lane's memory. */
export function findsFor(simd: Simd, results: Results, start: number, end: number, call: CallState): Finds {
  switch (results.kind) {
    case 'best':
      return new BestFinds(simd, end - start, results.best);
    case 'top':
      return new TopFinds(simd, end - start, results.k, results.top);
    case 'above':
      return new AboveFinds(simd, results.least.subarray(start, end), results.limit, call);
  }
}

/** What all lanes found. */
export function foundIn(results: Results, queries: number, pairs: readonly FoundPairs[]): Found {
  switch (results.kind) {
    case 'best':
      return results.best;
    case 'top':
      return results.top;
    case 'above':
      return joinPairs(queries, pairs);
  }
}

function joinPairs(queries: number, pairs: readonly FoundPairs[]): Above {
  const offsets = new Float64Array(queries + 1);
  for (const { start, counts } of pairs) offsets.set(counts, start + 1);
  for (let query = 0; query < queries; query++) offsets[query + 1] += offsets[query];
  const index = new Int32Array(offsets[queries]);
  const score = new Float32Array(offsets[queries]);
  for (const found of pairs) {
    index.set(found.index, offsets[found.start]);
    score.set(found.score, offsets[found.start]);
  }
  return { offsets, score, index };
}
