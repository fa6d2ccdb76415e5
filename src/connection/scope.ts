import type { Relation } from '../relation/relation.ts';
import type { Job } from './job.ts';

/** Thrown out of a bind callback when DuckDB must wait: a bind error leaves transactions intact, and binding starts again. */
export class BindPaused extends Error {
  constructor() {
    super('nearduck: binding paused');
    this.name = 'BindPaused';
  }
}

/** The table function calls of one execution of a statement, from bind to scan. */
export class StatementScope {
  /** Calls bound so far, in order; each binding of the same call is a job of its own. */
  readonly jobs: Job[] = [];
  /** Relations described for this statement. */
  readonly relations = new Map<string, Relation>();
  /** Relations a bind callback asked for and did not find. */
  readonly wanted = new Map<string, string>();
  /** True while DuckDB executes: from then on a call must have its rows when it is bound. */
  executing = false;

  /**
   * The relation called `text`, for function `functionName`.
   * @throws BindPaused when it is not described yet.
   */
  relation(functionName: string, text: string): Relation {
    const relation = this.relations.get(text);
    if (relation) return relation;
    this.wanted.set(text, functionName);
    throw new BindPaused();
  }

  /**
   * Takes a call DuckDB just bound. A call equal to a computed one shares its rows.
   * @throws BindPaused when the statement executes already and the rows are missing.
   */
  bind(job: Job): void {
    this.#hand(job);
    this.jobs.push(job);
    if (this.executing && job.result === undefined) throw new BindPaused();
  }

  /** Calls to compute, equal ones once. */
  pending(): Job[] {
    const first = new Map<string, Job>();
    for (const job of this.jobs) if (job.result === undefined && !first.has(job.key)) first.set(job.key, job);
    return [...first.values()];
  }

  /** Hands each computed result to the equal calls. */
  share(): void {
    for (const job of this.jobs) if (job.result === undefined) this.#hand(job);
  }

  /** Gives a call the rows of an equal one. */
  #hand(job: Job): void {
    for (const other of this.jobs) {
      if (other.key === job.key && job.result === undefined) job.share(other);
    }
  }
}
