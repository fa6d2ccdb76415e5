import type { DuckDBConnection } from '@duckdb/node-api';
import type { KeptRun, RunIdentity } from './keptRun.ts';
import type { RunStep } from './runFile.ts';

export interface OutputOptions {
  /** Replace the results of an earlier run. */
  readonly overwrite: boolean;
  /** Go on with an unfinished run, where there is one. */
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly notice?: (text: string) => void;
}

/** What `run.json` says of a run beside its steps and files. */
export type RunFacts = Readonly<Record<string, unknown>>;

export type AbortUploads = (prefix: string, id: string) => Promise<number>;

/** Where a run writes: what is there afterwards is complete, or known not to be. */
export interface OutputFolder {
  /** As the user named it, made absolute. */
  readonly target: string;
  /** Where to write until `commit`. */
  readonly path: string;
  /** A local folder for spilled rows; gone with the rest. */
  readonly temporary: string;
  /** @throws NearduckError (IO Error) when something is there that may not be replaced. */
  prepare(connection: DuckDBConnection): Promise<void>;
  /**
   * Where the run keeps the steps it has finished; undefined where it cannot. @throws NearduckError (IO Error) when those
   * of another run are there.
   */
  keepSteps(identity: RunIdentity): KeptRun | undefined;
  /** Makes what was written count, with a `run.json` that lists it. `remoteSteps` are those of `StagedResults`. */
  commit(connection: DuckDBConnection, facts: RunFacts, remoteSteps: readonly RunStep[]): Promise<void>;
  /**
   * For a run that ends without `commit`: what it leaves all the same where it wrote, and how to go on; undefined where
   * nothing is left. `abortUploads` ends writes that were cut off below a URL, of objects whose names contain an id.
   */
  remains(connection: DuckDBConnection, abortUploads?: AbortUploads): Promise<string | undefined>;
  /** Leaves nothing behind of what was not committed, where that can be helped. */
  discard(): void;
}
