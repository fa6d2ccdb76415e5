import { rangesText } from '../../run/plan.ts';
import type { RunFolder } from '../../run/runFolder.ts';
import { stepState } from '../../run/tasks.ts';
import type { PlannedRun } from './plannedRun.ts';

/** Of the columns of the table, after the first. */
const WIDTHS = [5, 8, 9, 9];

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
    const numbers = [tasks, done.length, running.length, missing.length];
    const cells = numbers.map((number, i) => String(number).padStart(WIDTHS[i]));
    lines.push(`${name.padEnd(10)}${cells.join('')}\n`);
    if (next === undefined && done.length < tasks)
      next =
        missing.length === 0
          ? `all unfinished tasks of ${name} are running`
          : `next: ${name}, array ${rangesText(missing)}`;
  }
  const note = folder.isRemote ? 'On an object store, running tasks are unknown and count as missing.\n' : '';
  return `${lines.join('')}\n${next ?? ''}\n${note}`;
}
