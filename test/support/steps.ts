import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** One statement to run, prepare or execute. */
export interface Step {
  readonly sql?: string;
  /** The connection; default `main`. */
  readonly on?: 'main' | 'other';
  /** The name to prepare `sql` under. */
  readonly prepare?: string;
  /** The prepared statement to execute. */
  readonly execute?: string;
  readonly how?: 'run' | 'stream' | 'start' | 'startStream';
  readonly values?: readonly unknown[] | Readonly<Record<string, unknown>>;
  /** A file to copy, and where to; without `sql`. */
  readonly copy?: readonly [from: string, to: string];
  /** With false, the next step does not wait for it. */
  readonly wait?: boolean;
}

/** Rows as JSON values, or the message of the error. */
export type Outcome =
  | { readonly rows: readonly unknown[][]; readonly error?: undefined }
  | { readonly error: string; readonly rows?: undefined };

type Reply = { readonly outcomes: Outcome[] } | { readonly failure: string };

const CHILD = fileURLToPath(new URL('stepChild.mjs', import.meta.url));

/** Runs steps in a child process, each list in a session of its own. A crash is an error that names the signal. */
export class StepRunner {
  #child: ChildProcess | undefined;

  async run(steps: readonly Step[]): Promise<Outcome[]> {
    const child = (this.#child ??= fork(CHILD, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    const done = new AbortController();
    const { signal } = done;
    const reply = once(child, 'message', { signal }).then(([message]) => message as Reply);
    const exit = once(child, 'exit', { signal }).then(([code, killed]) => {
      this.#child = undefined;
      throw new Error(`the process ended with ${String(killed ?? code)}`);
    });
    child.send(steps);
    try {
      const answer = (await Promise.race([reply, exit])) as Reply;
      if ('failure' in answer) throw new Error(answer.failure);
      return answer.outcomes;
    } finally {
      exit.catch(() => {});
      reply.catch(() => {});
      done.abort();
    }
  }

  close(): void {
    this.#child?.disconnect();
    this.#child = undefined;
  }
}
