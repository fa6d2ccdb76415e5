import type { Mode } from './renderer.ts';
import { rowTexts } from './texts.ts';

const entities: Record<string, string> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&#39;',
};

function tableRow(texts: readonly string[], tag: 'td' | 'th'): string {
  const cells = texts.map((text) => `<${tag}>${text.replaceAll(/[<>&"']/g, (c) => entities[c]!)}</${tag}>\n`);
  return `<tr>${cells.join('')}</tr>\n`;
}

/** Rows of an HTML table, without the `<table>` around them. */
export const html: Mode = (columns, settings) => ({
  begin: () => (settings.headers ? tableRow(columns.names, 'th') : ''),
  rows: (rows) =>
    rows
      .getRows()
      .map((row) => tableRow(rowTexts(row, columns, settings), 'td'))
      .join(''),
  end: () => '',
});
