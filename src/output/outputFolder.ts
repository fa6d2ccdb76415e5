import type { DuckDBConnection } from '@duckdb/node-api';
import type { SavedSteps, RunIdentity } from './savedSteps.ts';
import type { RunFile, RunStep } from './runFile.ts';

/** How an output folder is opened. */
export interface OutputOptions {
  /** Replace the results of an earlier run. */
  readonly overwrite: boolean;
  /** Continue an unfinished run, if there is one. */
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly notice?: (text: string) => void;
}

/** The facts of a run in `run.json`, besides its steps and files. */
export type RunFacts = Readonly<Record<string, unknown>>;

/** Aborts interrupted uploads below `prefix` with `id` in their names. Returns their number. */
export type AbortUploads = (prefix: string, id: string) => Promise<number>;

/** The destination of a run. After a run, its results are complete, or recognizable as incomplete. */
export interface OutputFolder {
  /** The folder as the user named it, as an absolute path. */
  readonly target: string;
  /** The path to write to before `commit`. */
  readonly path: string;
  /** A local folder for spilled rows. It is removed at the end. */
  readonly temporary: string;
  /** With `resume`, the finished run whose results are there already. Nothing must be written then. */
  readonly finished?: RunFile;
  /** Prepares the destination. @throws NearduckError (IO Error) when something there must not be replaced. */
  prepare(connection: DuckDBConnection): Promise<void>;
  /**
   * Returns the storage for finished steps, or undefined when the destination has none.
   * @throws NearduckError (IO Error) when it contains steps of another run and the results are not `finished`.
   */
  openSavedSteps(identity: RunIdentity): SavedSteps | undefined;
  /** Makes the written results final, with a `run.json`. `remoteSteps` come from `StagedResults`. */
  commit(connection: DuckDBConnection, facts: RunFacts, remoteSteps: readonly RunStep[]): Promise<void>;
  /**
   * Describes the files that a run without `commit` leaves behind, and how to continue. Returns undefined
   * when nothing is left. `abortUploads` aborts interrupted uploads below a URL, of objects whose names
   * contain an id.
   */
  describeLeftovers(connection: DuckDBConnection, abortUploads?: AbortUploads): Promise<string | undefined>;
  /** Removes everything that was not committed, as far as possible. */
  discard(): void;
}
