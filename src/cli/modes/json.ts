import { valueJson } from '../values/json.ts';
import type { Mode } from './renderer.ts';

/** One JSON object per row, with text around and between them. */
function objects(open: string, between: string, close: string): Mode {
  return (columns, { timeZone }) => {
    const keys = columns.names.map((name) => JSON.stringify(name));
    let lead = '';
    return {
      begin: () => open,
      rows(rows) {
        let text = '';
        for (const row of rows.getRows()) {
          const entries = row.map(
            (value, column) => `${keys[column]!}:${valueJson(value, columns.types[column]!, timeZone)}`,
          );
          text += `${lead}{${entries.join(',')}}`;
          lead = between;
        }
        return text;
      },
      end: () => (lead === '' && open === '' ? '' : close),
    };
  };
}

/** All rows as one JSON array. */
export const json = objects('[', ',\n', ']\n');
/** One JSON object per line. */
export const jsonLines = objects('', '\n', '\n');
