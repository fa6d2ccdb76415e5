import { expect, test } from 'vitest';
import { taskIndex } from '../../src/run/taskIndex.ts';

test.each<[Record<string, string>, number]>([
  [{ SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_COUNT: '2' }, 3],
  [{ AWS_BATCH_JOB_ARRAY_INDEX: '0' }, 0],
  [{ JOB_COMPLETION_INDEX: '4' }, 4],
  [{ BATCH_TASK_INDEX: '1', BATCH_TASK_COUNT: '5' }, 1],
  [{ CLOUD_RUN_TASK_INDEX: '2' }, 2],
  [{ PBS_ARRAY_INDEX: '2' }, 2],
  [{ SGE_TASK_ID: '1' }, 0],
  [{ LSB_JOBINDEX: '5' }, 4],
  [{ NEMO_CURATOR_SLURM_ARRAY_SHARD_INDEX: '2' }, 2],
  // Values that engines set outside arrays.
  [{ SGE_TASK_ID: 'undefined', LSB_JOBINDEX: '0', JOB_COMPLETION_INDEX: '1' }, 1],
])('the index comes from what the engine sets: %j', (environment, index) => {
  expect(taskIndex('assign', 5, undefined, environment)).toBe(index);
});

test('what is given counts, and a step with one task needs nothing', () => {
  expect(taskIndex('assign', 5, 2, { SLURM_ARRAY_TASK_ID: '3' })).toBe(2);
  expect(taskIndex('fit', 1, undefined, { SLURM_ARRAY_TASK_ID: '3' })).toBe(0);
});

test('no index, and one that is no task, are errors', () => {
  const environment = { SGE_TASK_ID: 'undefined', LSB_JOBINDEX: '0' };
  expect(() => taskIndex('assign', 5, undefined, environment)).toThrow(
    'Invalid Input Error: task: step assign has 5 tasks; choose one with --index 0 to 4, or run it as a task of an array job',
  );
  expect(() => taskIndex('assign', 5, 5, {})).toThrow('task: step assign has tasks 0 to 4, got 5');
});
