import type { DuckDBValue } from '@duckdb/node-api';
import { valueText } from '../values/text.ts';
import type { Columns, RenderSettings } from './renderer.ts';

/** A row's values as text, NULL as `nullValue`. */
export function rowTexts(row: readonly DuckDBValue[], columns: Columns, settings: RenderSettings): string[] {
  return row.map((value, column) =>
    value === null ? settings.nullValue : valueText(value, columns.types[column]!, settings.timeZone),
  );
}
