import { DuckDBTypeId, quotedString } from '@duckdb/node-api';
import { isNumeric } from './numeric.ts';
import type { Mode } from './renderer.ts';
import { rowTexts } from './texts.ts';

/** Values as SQL literals, delimited by commas. */
export const quote: Mode = (columns, shellSettings) => {
  const settings = { ...shellSettings, nullValue: 'NULL' };
  const bare = columns.types.map((type) => isNumeric(type) || type.typeId === DuckDBTypeId.BOOLEAN);
  const line = (literals: readonly string[]): string =>
    literals.join(settings.columnSeparator ?? ',') + (settings.rowSeparator ?? '\n');
  return {
    begin: () => (settings.headers ? line(columns.names.map(quotedString)) : ''),
    rows: (rows) =>
      rows
        .getRows()
        .map((row) => {
          const texts = rowTexts(row, columns, settings);
          return line(texts.map((text, i) => (bare[i] || row[i] === null ? text : quotedString(text))));
        })
        .join(''),
    end: () => '',
  };
};
