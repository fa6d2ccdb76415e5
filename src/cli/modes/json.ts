import type { DuckDBValue } from '@duckdb/node-api';
import { valueJson } from '../values/json.ts';
import type { Columns, Mode } from './renderer.ts';

/** A row as one JSON object. */
export function rowJson(row: readonly DuckDBValue[], columns: Columns, timeZone: string): string {
  const entries = row.map(
    (value, column) =>
      `${JSON.stringify(columns.names[column])}:${valueJson(value, columns.types[column]!, timeZone)}`,
  );
  return `{${entries.join(',')}}`;
}

/** All rows as one JSON array of objects. */
export const json: Mode = (columns, { timeZone }) => {
  let first = true;
  return {
    begin: () => '[',
    rows(rows) {
      const objects = rows.getRows().map((row) => rowJson(row, columns, timeZone));
      if (objects.length === 0) return '';
      const lead = first ? '' : ',\n';
      first = false;
      return lead + objects.join(',\n');
    },
    end: () => ']\n',
  };
};
