import { rangesText } from '../../run/plan.ts';
import type { RunFolder } from '../../run/runFolder.ts';
import { stepState } from '../../run/tasks.ts';
import type { PlannedRun } from './plannedRun.ts';

/** The table of steps, and the array of tasks to submit again. */
export async function statusText(
  folder: RunFolder,
  { plan, finished, results }: PlannedRun,
): Promise<string> {
  if (finished !== undefined)
    return `done: finished at ${finished}${results === undefined ? '' : `, results in ${results}/`}\n`;
  const lines = ['step      tasks    done  running  missing\n'];
  let next: string | undefined;
  for (const { name, tasks } of plan.steps) {
    const { done, running, missing } = await stepState(folder, name, tasks);
    const numbers = [done, running, missing].map(({ length }) => String(length));
    lines.push(
      `${name.padEnd(10)}${String(tasks).padStart(5)}${numbers[0].padStart(8)}${numbers[1].padStart(9)}${numbers[2].padStart(9)}\n`,
    );
    if (next === undefined && done.length < tasks)
      next =
        missing.length === 0
          ? `all unfinished tasks of ${name} are running`
          : `next: ${name}, array ${rangesText(missing)}`;
  }
  const note = folder.isRemote ? 'On an object store, running tasks are unknown and count as missing.\n' : '';
  return `${lines.join('')}\n${next ?? ''}\n${note}`;
}
