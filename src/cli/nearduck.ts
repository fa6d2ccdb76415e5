import { existsSync } from 'node:fs';
import { didYouMean } from '../text/suggestions.ts';

/** A module that is loaded when its verb is called. `run` returns the exit code. */
interface Verb {
  run(args: readonly string[]): Promise<number>;
}

const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  dedup: () => import('./dedup.ts'),
  plan: () => import('./plan.ts'),
  task: () => import('./task.ts'),
  status: () => import('./status.ts'),
  submit: () => import('./submit.ts'),
  doctor: () => import('./doctor.ts'),
  report: () => import('./report.ts'),
};

export const isVerb = (word = ''): boolean => Object.hasOwn(verbs, word);

/** Without a current folder, worker threads would end the process with a stack trace. */
function hasCurrentFolder(): boolean {
  try {
    return process.cwd() !== '';
  } catch {
    return false;
  }
}

/** Runs `nearduck …`: a verb, or SQL on a database. Returns the exit code. */
export async function runNearduck(args: readonly string[]): Promise<number> {
  const [verb = '', ...rest] = args;
  if (!hasCurrentFolder()) {
    process.stderr.write('IO Error: the current folder does not exist any more; change to another one\n');
    return 1;
  }
  if (isVerb(verb)) return (await verbs[verb]()).run(rest);
  const suggestion = /^[dprst]\w+$/.test(verb) ? didYouMean(verb, Object.keys(verbs)) : '';
  if (suggestion && !existsSync(verb)) {
    process.stderr.write(
      `Error: no command and no database "${verb}". ${suggestion}; "./${verb}" makes a database of that ` +
        `name\n`,
    );
    return 1;
  }
  const { runShell } = await import('./runShell.ts');
  return runShell(args);
}
