/** One step of a long computation, as the progress line and batch logs show it. */
export interface Progress {
  /** The current step: `read rows`, `k-means`, `pairwise`, … */
  readonly step: string;
  /** Units finished so far. */
  readonly done: number;
  /** Units in all, where known. */
  readonly total?: number;
  /** Free text beside the numbers, such as `inertia 1234.5`. */
  readonly detail?: string;
}

/** Receives the progress of a statement. */
export type ProgressListener = (progress: Progress) => void;
