import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { awsBatchLines, kubernetesManifests, xargsLines, type TaskCommand } from '../run/engines.ts';
import { shellWord } from '../shellWord.ts';
import { parseCommand, wholeNumber } from './optionValues.ts';
import { readRun } from './run/plannedRun.ts';
import { submitToSlurm, type SubmitOptions } from './run/slurm.ts';
import { runVerb, withFolderAlone } from './run/verb.ts';

/** `nearduck submit RUN --engine slurm` or `print`: submits all steps, or prints how to. */
export async function run(args: readonly string[]): Promise<number> {
  const command = new Command('nearduck submit')
    .description('Submits the unfinished steps of a run. Options after -- are passed to sbatch.')
    .argument('<run>', 'folder of the run, as the tasks see it')
    .argument('[options...]', 'further options for sbatch, after --')
    .addOption(
      new Option('--engine <name>', 'slurm submits; print prints commands for other engines')
        .choices(['slurm', 'print'])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--for <what>', 'with print: which commands (default: all)').choices([
        'kubernetes',
        'aws-batch',
        'xargs',
      ]),
    )
    .option('--image <name>', 'with print: the container image that has nearduck', 'nearduck')
    .option('--throttle <n>', 'maximum number of tasks that run at the same time', wholeNumber(1))
    .option('--partition <name>', 'partition of Slurm')
    .option('--time <limit>', 'time limit of Slurm, per task')
    .option('--gpus <n>', 'GPUs per task of Slurm, for fit, assign and pairwise', wholeNumber(0))
    .option('--follow', 'wait, print progress, and submit missing tasks again', false)
    .option('--retries <n>', 'with --follow: how often to submit a step again', wholeNumber(0), 3)
    .option('--interval <seconds>', 'with --follow: time between two checks', wholeNumber(1), 10);
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
