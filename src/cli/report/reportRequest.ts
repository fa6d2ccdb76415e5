/** What a page is made of. */
export interface ReportRequest {
  /** The folder of the run, as people name it. */
  readonly target: string;
  /** Where its results are read from, unless they are in the database. */
  readonly output: string;
  /** The folder the page will be in: links are relative to it. */
  readonly folder: string;
  /** What `run.json` says. */
  readonly run: Readonly<Record<string, unknown>>;
  /** Default: one to look at first. */
  readonly eps?: number;
  /** The rule that rows were dropped by. */
  readonly rule: string;
  /** The relation of the run's groups, where they are those of `eps`; default: the groups of the rule chain. */
  readonly groups?: string;
  /** As the scripts take it. */
  readonly metadata?: string;
  readonly id: string;
  /** Columns of the metadata to show. */
  readonly show?: readonly string[];
  readonly groupBy?: string;
  /** Where that column is, if not in the metadata. */
  readonly groupRelation?: string;
}
