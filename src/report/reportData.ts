/** What a report shows. It stands in the page as JSON. */
export interface ReportData {
  readonly title: string;
  /** Facts of the run: name and text. */
  readonly facts: readonly (readonly [name: string, text: string])[];
  readonly rows: number;
  /** The eps that the page opens with. */
  readonly eps: number;
  /** Values of eps, ascending, and the rows that each drops. */
  readonly steps: { readonly eps: readonly number[]; readonly dropped: readonly number[] };
  /** The share of all duplicates found, at some eps; empty where no rows were checked. */
  readonly recall: readonly RecallPoint[];
  /** Pairs to compare, the most similar first. */
  readonly pairs: readonly Pair[];
  /** The rule that the run dropped rows by. */
  readonly rule: string;
  /** The rule of the groups; `steps` and `shares` are those of the rule chain. */
  readonly groupRule: string;
  /** The largest groups of duplicates at `eps`. */
  readonly groups: readonly Group[];
  /** Number of clusters per number of rows. */
  readonly clusters: readonly { readonly rows: number; readonly clusters: number }[];
  readonly outliers: readonly Outlier[];
  /** Rows dropped for each value of a column; undefined where none was asked for. */
  readonly shares?: Shares;
  /** Findings about the embeddings; empty if they were not checked. */
  readonly health: readonly Finding[];
  /** What is shown of a row, by its id. */
  readonly shown: Readonly<Record<string, readonly Shown[]>>;
  /** The command that drops the duplicates, with {eps} where the value stands. */
  readonly command: string;
}

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
  /** True where that is a row of an earlier relation, whose ids may be the same. */
  readonly maxIsEarlier: boolean;
  readonly score: number;
  /** Rows that the pair stands for. */
  readonly weight: number;
}

export interface Group {
  readonly keptId: string;
  /** As `maxIsEarlier`. */
  readonly keptIsEarlier: boolean;
  readonly size: number;
  /** Some of its duplicates, the least similar first; no score where it is not known. */
  readonly members: readonly { readonly id: string; readonly score?: number }[];
}

export interface Outlier {
  readonly id: string;
  readonly centroid: number;
  readonly distance: number;
}

/** A row of `embedding_health`. */
export interface Finding {
  readonly finding: string;
  readonly status: string;
  readonly detail: string;
  readonly remedy: string;
}

export interface Shares {
  readonly column: string;
  readonly eps: readonly number[];
  /** The values with the most rows; `dropped` goes with `eps`. */
  readonly values: readonly {
    readonly value: string | null;
    readonly rows: number;
    readonly dropped: readonly number[];
  }[];
}

/** A column of the metadata for one row. */
export interface Shown {
  readonly column: string;
  readonly text: string;
  /** What the text names, where that can be shown. */
  readonly media?: { readonly kind: 'image' | 'video' | 'audio'; readonly source: string };
}
