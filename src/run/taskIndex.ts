import { invalidInputError } from '../errors.ts';

/** The variables in which workload managers pass the index of a task, and the first index. */
const VARIABLES: readonly { readonly name: string; readonly first: 0 | 1 }[] = [
  { name: 'SLURM_ARRAY_TASK_ID', first: 0 },
  { name: 'AWS_BATCH_JOB_ARRAY_INDEX', first: 0 },
  { name: 'JOB_COMPLETION_INDEX', first: 0 },
  { name: 'BATCH_TASK_INDEX', first: 0 },
  { name: 'CLOUD_RUN_TASK_INDEX', first: 0 },
  { name: 'PBS_ARRAY_INDEX', first: 0 },
  { name: 'NEMO_CURATOR_SLURM_ARRAY_SHARD_INDEX', first: 0 },
  // "undefined" outside arrays.
  { name: 'SGE_TASK_ID', first: 1 },
  // 0 outside arrays.
  { name: 'LSB_JOBINDEX', first: 1 },
];

/**
 * The index of a task among `tasks`: the given index, or the variable of the workload manager. 0 when there
 * is only one task.
 * @throws NearduckError (Invalid Input Error) when there is no index, or it is out of range.
 */
export function taskIndex(
  step: string,
  tasks: number,
  given: number | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): number {
  if (given === undefined && tasks === 1) return 0;
  const found = given ?? indexIn(environment);
  if (found === undefined) {
    throw invalidInputError(
      `task: step ${step} has ${tasks} tasks; choose one with --index 0 to ${tasks - 1}, or run it as a ` +
        'task of an array job',
    );
  }
  if (found >= tasks) throw invalidInputError(`task: step ${step} has tasks 0 to ${tasks - 1}, got ${found}`);
  return found;
}

function indexIn(environment: Readonly<Record<string, string | undefined>>): number | undefined {
  for (const { name, first } of VARIABLES) {
    const value = environment[name];
    if (value !== undefined && /^\d+$/.test(value) && Number(value) >= first) return Number(value) - first;
  }
  return undefined;
}
