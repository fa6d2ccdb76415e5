import type { Simd } from '../../../simd/simd.ts';
import { joinPairs, leastScores, type FoundPairs } from '../../above.ts';
import type { Best, Found, Top, Want } from '../../kernels.ts';
import { noneFound } from '../../pairs.ts';
import type { CallState } from '../lanes/callState.ts';
import { AboveFinds } from './aboveFinds.ts';
import { BestFinds } from './bestFinds.ts';
import type { Finds } from './finds.ts';
import { TopFinds } from './topFinds.ts';

/** The desired results, and the shared memory for them. Lanes return pairs above a score instead. */
export type Results =
  | { readonly kind: 'best'; readonly best: Best }
  | { readonly kind: 'top'; readonly k: number; readonly top: Top }
  | { readonly kind: 'above'; readonly least: Float32Array; readonly limit: number };

/** Empty results for the given number of queries. */
export function resultsFor(want: Want, queries: number): Results {
  switch (want.kind) {
    case 'best':
      return { kind: 'best', best: noneFound(queries) };
    case 'top':
      return { kind: 'top', k: want.k, top: noneFound(queries * want.k) };
    case 'above':
      return { kind: 'above', least: leastScores(want.score, queries), limit: want.limit ?? Infinity };
  }
}

/** The results of queries `start` to `end` (exclusive) in a lane's memory. */
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

/** The results of all lanes. */
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
