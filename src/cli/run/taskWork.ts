import type { RunFolder } from '../../run/runFolder.ts';
import type { Session } from '../../session/session.ts';
import type { DedupOptions } from '../dedup/options.ts';
import type { Source } from '../dedup/source.ts';
import type { StepTimer } from '../dedup/stepTimer.ts';
import type { PlannedRun } from './plannedRun.ts';

/** The data and options of a task. */
export interface TaskWork {
  readonly folder: RunFolder;
  readonly session: Session;
  readonly planned: PlannedRun;
  /** Options of the run and of this task. */
  readonly options: DedupOptions;
  readonly source: Source;
  /** Follows the functions of a task. */
  readonly timer: StepTimer;
  /** CPU seconds that this process has spent on other tasks. */
  readonly cpuBefore: number;
}
