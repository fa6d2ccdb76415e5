import type { Relation } from '../relation/relation.ts';
import type { Job } from './job.ts';

/**
 * Thrown by a bind callback when DuckDB must wait for rows or for a relation. A bind error leaves
 * transactions intact, so the statement can be bound again.
 */
class BindPaused extends Error {
  constructor() {
    super('nearduck: binding paused');
    this.name = 'BindPaused';
  }
}

/** The table function calls of one execution of a statement, from bind to scan. */
export class StatementScope {
  /** The calls bound so far, in order. Binding the same call again adds another job. */
  readonly jobs: Job[] = [];
  /** The relations described for this statement. */
  readonly relations = new Map<string, Relation>();
  /** The relations that a bind callback requested and that are not described yet. */
  readonly requested = new Map<string, string>();
  /** True while DuckDB executes. A call that is bound during execution must already have its rows. */
  isExecuting = false;

  /** The description of relation `text`. @throws BindPaused when it is not described yet. */
  relation(functionName: string, text: string): Relation {
    const relation = this.relations.get(text);
    if (relation) return relation;
    this.requested.set(text, functionName);
    throw new BindPaused();
  }

  /**
   * Adds a call that DuckDB has bound. It shares the rows of an equal, computed call.
   * @throws BindPaused when the statement is executing and the rows are missing.
   */
  bind(job: Job): void {
    this.#shareRows(job);
    this.jobs.push(job);
    if (this.isExecuting && job.result === undefined) throw new BindPaused();
  }

  /** The calls to compute. Of several equal calls, only the first is returned. */
  pending(): Job[] {
    const first = new Map<string, Job>();
    for (const job of this.jobs) if (job.result === undefined && !first.has(job.key)) first.set(job.key, job);
    return [...first.values()];
  }

  /** Shares each computed result with the equal calls. */
  share(): void {
    for (const job of this.jobs) if (job.result === undefined) this.#shareRows(job);
  }

  /** Releases the rows of all calls. */
  close(): void {
    for (const result of new Set(this.jobs.map((job) => job.result))) result?.close?.();
  }

  /** Gives a call the rows of an equal call. */
  #shareRows(job: Job): void {
    for (const other of this.jobs) {
      if (other.key === job.key && job.result === undefined) job.share(other);
    }
  }
}

/** Releases the rows of streams, which DuckDB closes when a statement begins. */
export function closeAll(streams: Set<StatementScope>): void {
  for (const scope of streams) scope.close();
  streams.clear();
}
