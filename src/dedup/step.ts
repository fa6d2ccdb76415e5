import type { Kernels, Want, Work } from '../kernels/kernels.ts';
import type { ProgressListener } from '../progress.ts';

/** What a step computes with, and whom it tells. */
export interface StepOptions {
  readonly kernels: Kernels;
  readonly signal: AbortSignal;
  readonly progress: ProgressListener;
  /** Bytes of rows that kernels may hold beside those of the store. */
  readonly memory: number;
  readonly threads: number;
}

export const BEST = { kind: 'best' } as const satisfies Want;

/** One call of the kernels within a step; `progress` hears how far it is. */
export function workOf({ signal, memory, threads }: StepOptions, progress?: Work['progress']): Work {
  return { signal, memory, threads, progress };
}

/** Bytes of rows that a call may hold when nobody asks for these rows again. */
const ONCE_MEMORY = 2 ** 26;

/** The options of a call whose rows are not asked for again. */
export const once = <O extends StepOptions>(options: O): O => ({
  ...options,
  memory: Math.min(options.memory, ONCE_MEMORY),
});
