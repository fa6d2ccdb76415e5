import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { valueText } from '../values/text.ts';

/** Names and types of a result's columns. */
export interface Columns {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
}

/** Rows of a result, such as a `DuckDBDataChunk`. Values are converted only for rows that are shown. */
export interface Rows {
  readonly rowCount: number;
  getRows(): DuckDBValue[][];
}

/** The shell's settings for rendering. */
export interface RenderSettings {
  readonly headers: boolean;
  readonly nullValue: string;
  /** Set by `.separator`; otherwise each mode has its own. */
  readonly columnSeparator?: string | undefined;
  readonly rowSeparator?: string | undefined;
  /** Rows a duckbox shows at most. */
  readonly maxRows: number;
  /** Cells a duckbox is wide at most. */
  readonly maxWidth: number;
  readonly timeZone: string;
}

/** Turns one result into text. A mode that needs all rows first returns '' until `end`. */
export interface Renderer {
  /** The text before the first row. Default: none. */
  begin?(): string;
  rows(rows: Rows): string;
  /** The text after the last row. Default: none. */
  end?(): string;
}

/** An output mode of the shell. */
export type Mode = (columns: Columns, settings: RenderSettings) => Renderer;

/** The values of a row as text. NULL becomes `nullValue`. */
export function rowTexts(row: readonly DuckDBValue[], columns: Columns, settings: RenderSettings): string[] {
  return row.map((value, column) =>
    value === null ? settings.nullValue : valueText(value, columns.types[column]!, settings.timeZone),
  );
}
