import { shellWord } from '../../shellWord.ts';
import type { PlannedRun } from './plannedRun.ts';

/** The commands of a run's steps, for people. */
export function stepsText(folder: string, { plan }: PlannedRun): string {
  const path = shellWord(folder);
  const lines = plan.steps.map(({ name, tasks }) => {
    const index = tasks === 1 ? '' : ` --index 0 … ${tasks - 1}`;
    const count = `${tasks} ${tasks === 1 ? 'task' : 'tasks'}`;
    return `${name.padEnd(10)}${count.padEnd(12)}nearduck task ${path} ${name}${index}\n`;
  });
  return `${lines.join('')}
Each step begins when the one before is done.

Submit them:    nearduck submit ${path} --engine slurm | print
Show progress:  nearduck status ${path}
`;
}
