import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { isNumeric } from './numeric.ts';
import type { Mode } from './renderer.ts';
import { rowTexts } from './texts.ts';

const lineBreaks: Record<string, string> = { '\n': '10', '\r': '13', '\0': '0' };

/** A string literal on one line: line breaks become `chr(10)`. */
function literal(text: string): string {
  if (!/[\n\r\0]/.test(text)) return quotedString(text);
  const pieces = quotedString(text).replaceAll(/[\n\r\0]/g, (c) => `', chr(${lineBreaks[c]}), '`);
  return `concat(${pieces})`;
}

/** SQL INSERT statements into the table of `.mode insert TABLE`. */
export const insert: Mode = (columns, settings) => {
  const names = settings.headers ? `(${columns.names.map(quotedIdentifier).join(',')})` : '';
  const numeric = columns.types.map(isNumeric);
  return {
    begin: () => '',
    rows: (rows) =>
      rows
        .getRows()
        .map((row) => {
          const texts = rowTexts(row, columns, { ...settings, nullValue: 'NULL' });
          const values = texts.map((text, i) => (numeric[i] || row[i] === null ? text : literal(text)));
          return `INSERT INTO ${quotedIdentifier(settings.table)}${names} VALUES(${values.join(',')});\n`;
        })
        .join(''),
    end: () => '',
  };
};
