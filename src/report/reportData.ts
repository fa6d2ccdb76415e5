/** The data of a report. The page contains it as JSON. */
export interface ReportData {
  readonly title: string;
  /** Facts of the run, as pairs of name and text. */
  readonly facts: readonly (readonly [name: string, text: string])[];
  readonly rows: number;
  /** The eps that the page shows first. */
  readonly eps: number;
  /** Ascending values of eps, and the number of rows that each drops. */
  readonly steps: { readonly eps: readonly number[]; readonly dropped: readonly number[] };
  /** The recall at several values of eps. Empty when no rows were checked. */
  readonly recall: readonly RecallPoint[];
  /** Pairs to compare, most similar first. */
  readonly pairs: readonly Pair[];
  /** The rule by which the run dropped rows. */
  readonly rule: string;
  /** The rule of the groups. `steps` and `shares` use the rule `chain`. */
  readonly groupRule: string;
  /** The largest groups of duplicates at `eps`. */
  readonly groups: readonly Group[];
  /** Number of clusters per number of rows. */
  readonly clusters: readonly { readonly rows: number; readonly clusters: number }[];
  readonly outliers: readonly Outlier[];
  /** Dropped rows per value of a column. Null when no column was given. */
  readonly shares?: Shares | null;
  /** Findings about the embeddings. Empty when they were not checked. */
  readonly health: readonly ReportFinding[];
  /** The displayed metadata of rows, by id. */
  readonly shown: Readonly<Record<string, readonly Shown[]>>;
  /** The command that drops the duplicates. It contains {eps} in place of the value. */
  readonly command: string;
}

/** The estimated recall at one eps, with its 95 % interval. */
export interface RecallPoint {
  readonly eps: number;
  readonly recall: number;
  readonly low: number;
  readonly high: number;
}

/** A row and the most similar row ranked before it. */
export interface Pair {
  readonly id: string;
  readonly maxId: string;
  /** True when `maxId` is a row of the earlier relation, which may use the same ids. */
  readonly maxIsEarlier: boolean;
  readonly score: number;
  /** Number of rows that the pair represents. */
  readonly weight: number;
}

/** One group of duplicates. `size` is its number of rows. */
export interface Group {
  readonly keptId: string;
  /** True when the kept row belongs to the earlier relation. */
  readonly keptIsEarlier: boolean;
  readonly size: number;
  /** Some of its duplicates, least similar first. The score is null when it is not known. */
  readonly members: readonly { readonly id: string; readonly score: number | null }[];
}

/** A row far from its centroid. `distance` is its cosine distance. */
export interface Outlier {
  readonly id: string;
  readonly centroid: number;
  readonly distance: number;
}

/** A row of `embedding_health`. */
export interface ReportFinding {
  readonly finding: string;
  readonly status: string;
  readonly detail: string;
  readonly remedy: string;
}

/** The dropped rows per value of a column, for several values of eps. */
export interface Shares {
  readonly column: string;
  readonly eps: readonly number[];
  /** The values with the most rows. `dropped` corresponds to `eps`. */
  readonly values: readonly {
    readonly value: string | null;
    readonly rows: number;
    readonly dropped: readonly number[];
  }[];
}

/** The value of one metadata column for one row. */
export interface Shown {
  readonly column: string;
  readonly text: string;
  /** The media file that the text names, if it can be displayed. */
  readonly media?: { readonly kind: 'image' | 'video' | 'audio'; readonly source: string };
}
