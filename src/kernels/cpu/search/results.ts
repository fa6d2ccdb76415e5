import type { Simd } from '../../../simd/simd.ts';
import { joinPairs, minScores, type QueryPairs } from '../../above.ts';
import type { Best, SearchResult, Top, SearchMode } from '../../kernels.ts';
import { noneFound } from '../../pairs.ts';
import type { CallState } from '../lanes/callState.ts';
import { AboveCollector } from './aboveCollector.ts';
import { BestCollector } from './bestCollector.ts';
import type { Collector } from './collector.ts';
import { TopCollector } from './topCollector.ts';

/** The desired results, and the shared memory for them. Lanes return pairs above a score instead. */
export type Results =
  | { readonly kind: 'best'; readonly best: Best }
  | { readonly kind: 'top'; readonly k: number; readonly top: Top }
  | { readonly kind: 'above'; readonly minScores: Float32Array; readonly limit: number };

/** Empty results for the given number of queries. */
export function allocateResults(mode: SearchMode, queries: number): Results {
  switch (mode.kind) {
    case 'best':
      return { kind: 'best', best: noneFound(queries) };
    case 'top':
      return { kind: 'top', k: mode.k, top: noneFound(queries * mode.k) };
    case 'above':
      return { kind: 'above', minScores: minScores(mode.score, queries), limit: mode.limit ?? Infinity };
  }
}

/** The results of queries `start` to `end` (exclusive) in a lane's memory. */
export function createCollector(
  simd: Simd,
  results: Results,
  start: number,
  end: number,
  call: CallState,
): Collector {
  switch (results.kind) {
    case 'best':
      return new BestCollector(simd, end - start, results.best);
    case 'top':
      return new TopCollector(simd, end - start, results.k, results.top);
    case 'above':
      return new AboveCollector(simd, results.minScores.subarray(start, end), results.limit, call);
  }
}

/** The results of all lanes. */
export function joinResults(results: Results, queries: number, pairs: readonly QueryPairs[]): SearchResult {
  switch (results.kind) {
    case 'best':
      return results.best;
    case 'top':
      return results.top;
    case 'above':
      return joinPairs(queries, pairs);
  }
}
