import type { Session } from '../../session/session.ts';

/** Where a run writes: what is there afterwards is complete, or known not to be. */
export interface OutputFolder {
  /** As the user named it, made absolute. */
  readonly target: string;
  /** Where to write until `commit`. */
  readonly path: string;
  /** A local folder for spilled rows; gone with the rest. */
  readonly temporary: string;
  /** @throws NearduckError (IO Error) when something is there that may not be replaced. */
  prepare(session: Session): Promise<void>;
  /** Makes what was written count. */
  commit(session: Session): Promise<void>;
  /** Leaves nothing behind of what was not committed, where that can be helped. */
  discard(): void;
}
