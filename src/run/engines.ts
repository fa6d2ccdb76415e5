import { shellWord } from '../shellWord.ts';
import { rangesText, type Step, type StepName } from './plan.ts';

/** The command of a step's tasks, without the index. */
export interface TaskCommand {
  /** The words that start nearduck. */
  readonly command: readonly string[];
  /** The run's folder. */
  readonly path: string;
  /** Unique per run. Appears in job names. */
  readonly id: string;
}

const words = ({ command, path }: TaskCommand, step: StepName): string[] => [...command, 'task', path, step];

/** Maximum number of times that Slurm requeues a task that ends with exit code 75. */
const REQUEUES = 10;

/** The batch script of a step for `sbatch`. */
export function slurmScript(task: TaskCommand, step: StepName): string {
  return `#!/bin/bash
# One task of step ${step}. Exit code 75 says that it may work later: Slurm is asked to run it again.
${words(task, step).map(shellWord).join(' ')}
code=$?
if [ $code -eq 75 ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${REQUEUES} ]; then
  scontrol requeue "\${SLURM_JOB_ID}"
  sleep 60
fi
exit $code
`;
}

/** Options of the array job of one step. */
export interface SlurmOptions {
  /** The tasks of the step to submit. All others are done. */
  readonly indexes: readonly number[];
  /** Maximum number of concurrent tasks. */
  readonly throttle?: number;
  /** The job that must succeed first. */
  readonly after?: string;
  /** The folder for the tasks' logs. */
  readonly logs: string;
  /** Additional options for sbatch, such as `--partition=gpu`. */
  readonly options: readonly string[];
}

/** The arguments of `sbatch` for a step, before its script. */
export function sbatchArguments(
  { id }: TaskCommand,
  { name, tasks }: Step,
  { indexes, throttle, after, logs, options }: SlurmOptions,
): string[] {
  const isArray = tasks > 1;
  const limit = throttle === undefined ? '' : `%${throttle}`;
  return [
    '--parsable',
    `--job-name=nearduck-${name}-${id.slice(-6)}`,
    // Slurm replaces patterns that start with a percent sign.
    `--output=${logs.replaceAll('%', '%%')}/${name}-${isArray ? '%a' : '0'}.log`,
    '--open-mode=append',
    '--requeue',
    ...(isArray ? [`--array=${rangesText(indexes)}${limit}`] : []),
    ...(after === undefined ? [] : [`--dependency=afterok:${after}`, '--kill-on-invalid-dep=yes']),
    ...options,
  ];
}

/** Shell lines that run the steps one after another on this machine, with several concurrent tasks. */
export function xargsLines(task: TaskCommand, steps: readonly Step[], processes: number): string {
  const lines = steps.map(({ name, tasks }) => {
    const line = words(task, name).map(shellWord).join(' ');
    return tasks === 1 ? line : `seq 0 ${tasks - 1} | xargs -P ${processes} -n 1 ${line} --index`;
  });
  return `${lines.join(' &&\n')}\n`;
}

/** One indexed Job per step. Create the next one when the previous one is complete. */
export function kubernetesManifests(task: TaskCommand, steps: readonly Step[], image: string): string {
  return steps.map((step) => kubernetesJob(task, step, image)).join('---\n');
}

function kubernetesJob(task: TaskCommand, { name, tasks }: Step, image: string): string {
  // Kubernetes replaces `$(…)`.
  const quoted = words(task, name).map((word) => JSON.stringify(word.replaceAll('$(', '$$$$(')));
  return `# kubectl apply -f - after the Job of the step before is complete: kubectl wait --for=condition=complete --timeout=-1s job/…
apiVersion: batch/v1
kind: Job
metadata:
  name: nearduck-${name}-${task.id.slice(-6)}
spec:
  completionMode: Indexed
  completions: ${tasks}
  parallelism: ${tasks}
  backoffLimitPerIndex: 5
  podFailurePolicy:
    rules:
      # What will not work the next time either.
      - action: FailIndex
        onExitCodes: { containerName: nearduck, operator: In, values: [1, 3] }
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: nearduck
          image: ${JSON.stringify(image)}
          command: [${quoted.join(', ')}]
`;
}

/** AWS Batch submissions. Each waits for the previous one. An array has at least two tasks. */
export function awsBatchLines(task: TaskCommand, steps: readonly Step[]): string {
  const retry = JSON.stringify({
    attempts: 5,
    evaluateOnExit: [
      { onExitCode: '1', action: 'EXIT' },
      { onExitCode: '3', action: 'EXIT' },
      { onReason: '*', action: 'RETRY' },
    ],
  });
  return steps
    .map(({ name, tasks }, i) => {
      const overrides = JSON.stringify({ command: words(task, name) });
      const parts = [
        `${name}=$(aws batch submit-job --job-name nearduck-${name}-${task.id.slice(-6)}`,
        `--job-queue "$QUEUE" --job-definition "$DEFINITION"`,
        ...(tasks > 1 ? [`--array-properties size=${tasks}`] : []),
        ...(i > 0 ? [`--depends-on jobId="$${steps[i - 1].name}"`] : []),
        `--retry-strategy ${shellWord(retry)}`,
        `--container-overrides ${shellWord(overrides)}`,
        '--query jobId --output text)',
      ];
      return `${parts.join(' \\\n  ')}\n`;
    })
    .join('');
}
