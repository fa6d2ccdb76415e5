/** The parameters of a page. */
export interface ReportRequest {
  /** The folder of the run, as the user wrote it. */
  readonly target: string;
  /** The folder with the results. Undefined when they are in the database. */
  readonly output: string;
  /** The folder that the page will be in; links are relative to it. */
  readonly folder: string;
  /** The contents of `run.json`. */
  readonly run: Readonly<Record<string, unknown>>;
  /** Default: a candidate. */
  readonly eps?: number;
  /** The rule that rows were dropped by. */
  readonly rule: string;
  /** The relation of the run's groups at `eps`. Default: the groups of the rule chain. */
  readonly groups?: string;
  /** As the scripts take it. */
  readonly metadata?: string;
  readonly id: string;
  /** Columns of the metadata to show. */
  readonly show?: readonly string[];
  readonly groupBy?: string;
  /** The file with that column, if it is not in the metadata. */
  readonly groupRelation?: string;
}
