import { rowJson } from './json.ts';
import type { Mode } from './renderer.ts';

/** One JSON object a line. */
export const jsonLines: Mode = (columns, { timeZone }) => ({
  begin: () => '',
  rows: (rows) =>
    rows
      .getRows()
      .map((row) => `${rowJson(row, columns, timeZone)}\n`)
      .join(''),
  end: () => '',
});
