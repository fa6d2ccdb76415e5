import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { awsBatchLines, kubernetesManifests, xargsLines, type TaskCommand } from '../run/engines.ts';
import { shellWord } from '../shellWord.ts';
import { addOptions, parseCommand } from './optionValues.ts';
import { readRun } from './run/plannedRun.ts';
import { submitToSlurm, type SubmitOptions } from './run/slurm.ts';
import { runVerb, withFolderAlone } from './run/verb.ts';

/** `nearduck submit RUN --engine slurm` or `print`: submits all steps, or prints how to. */
export async function run(args: readonly string[]): Promise<number> {
  const command = new Command('nearduck submit')
    .description('Submits the unfinished steps of a run. Options after -- are passed to sbatch.')
    .argument('<run>', 'folder of the run, as the tasks see it')
    .argument('[options...]', 'further options for sbatch, after --');
  addOptions(
    command,
    `
    --engine <name> in (slurm, print) required: slurm submits; print prints commands for other engines
    --for <what> in (kubernetes, aws-batch, xargs): with print: which commands (default: all)
    --image <name> := nearduck: with print: the container image that has nearduck
    --throttle <n> integer(1): maximum number of tasks that run at the same time
    --partition <name>: partition of Slurm
    --time <limit>: time limit of Slurm, per task
    --gpus <n> integer(0): GPUs per task of Slurm, for fit, assign and pairwise
    --follow: wait, print progress, and submit missing tasks again
    --retries <n> integer(0) := 3: with --follow: how often to submit a step again
    --interval <seconds> integer(1) := 10: with --follow: time between two checks
  `,
  );
  const parsed = parseCommand(command, args);
  if (typeof parsed === 'number') return parsed;
  const [path, more] = parsed.processedArgs as [string, string[]];
  const options = parsed.opts<PrintOptions & Omit<SubmitOptions, 'sbatch'> & { engine: 'slurm' | 'print' }>();
  return runVerb('submit', () =>
    withFolderAlone(path, async (folder) => {
      const planned = await readRun(folder);
      if (options.engine === 'print') {
        if (planned.finished !== undefined) return 'nothing is missing\n';
        const task = { command: ['nearduck'], path: folder.path, id: planned.id };
        return printed(task, planned.plan.steps, options);
      }
      const main = fileURLToPath(new URL('main.js', import.meta.url));
      const task = { command: [process.execPath, main], path: folder.path, id: planned.id };
      return submitToSlurm(folder, planned, task, { ...options, sbatch: more });
    }),
  );
}

interface PrintOptions {
  readonly for?: string;
  readonly image: string;
  readonly throttle?: number;
}

function printed(
  task: TaskCommand,
  steps: Parameters<typeof xargsLines>[1],
  { for: what, image, throttle = 2 }: PrintOptions,
): string {
  const texts: Record<string, string> = {
    xargs: xargsLines(task, steps, throttle),
    kubernetes: kubernetesManifests(task, steps, image),
    'aws-batch': awsBatchLines(task, steps),
  };
  if (what !== undefined) return texts[what];
  return Object.entries(texts)
    .map(
      ([name, text]) =>
        `# ${name}: nearduck submit ${shellWord(task.path)} --engine print --for ${name}\n${text}`,
    )
    .join('\n');
}
