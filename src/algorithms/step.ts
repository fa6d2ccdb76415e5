import type { Kernels, SearchMode, Work } from '../kernels/kernels.ts';
import type { ProgressListener } from '../progress.ts';

/** The resources of a step, and the functions that it reports to. */
export interface StepOptions {
  readonly kernels: Kernels;
  readonly signal: AbortSignal;
  readonly progress: ProgressListener;
  /** Bytes of rows that kernels may hold in addition to the store. */
  readonly memory: number;
  readonly threads: number;
}

/** The search for the best target of each query. */
export const BEST = { kind: 'best' } as const satisfies SearchMode;

/** One call of the kernels within a step. `progress` receives the progress of the call. */
export function workFor({ signal, memory, threads }: StepOptions, progress?: Work['progress']): Work {
  return { signal, memory, threads, progress };
}

/** Maximum bytes of rows held by a call whose rows are not requested again. */
const ONCE_MEMORY = 2 ** 26;

/** The options of a call whose rows are not requested again. */
export const withoutReuse = <O extends StepOptions>(options: O): O => ({
  ...options,
  memory: Math.min(options.memory, ONCE_MEMORY),
});
