import { rowTexts, type Mode } from './renderer.ts';
import { valueJson } from '../values/json.ts';
import { displayWidth } from '../../text/displayWidth.ts';

/** A mode that writes one line per row. Each value is passed through `escape`. */
function separated(
  columnSeparator: string,
  escape: (text: string, columnSeparator: string) => string = (text) => text,
): Mode {
  return (columns, settings) => {
    const between = settings.columnSeparator ?? columnSeparator;
    const line = (texts: readonly string[]): string =>
      texts.map((text) => escape(text, between)).join(between) + (settings.rowSeparator ?? '\n');
    return {
      begin: () => (settings.headers ? line(columns.names) : ''),
      rows: (rows) =>
        rows
          .getRows()
          .map((row) => line(rowTexts(row, columns, settings)))
          .join(''),
    };
  };
}

const quotedCharacters = /[^\u0020-\u007E]|["']/;

/** Unquoted values, separated by `|`. */
export const list = separated('|');
/** Comma-separated values, quoted where another reader could misread them. */
export const csv = separated(',', (text, separator) =>
  quotedCharacters.test(text) || text.includes(separator) ? `"${text.replaceAll('"', '""')}"` : text,
);

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

/** One `name = value` per line, an empty line between rows. */
export const line: Mode = (columns, settings) => {
  const width = Math.max(5, ...columns.names.map(displayWidth));
  const labels = columns.names.map((name) => `${' '.repeat(width - displayWidth(name))}${name} = `);
  const after = settings.rowSeparator ?? '\n';
  let first = true;
  return {
    rows(rows) {
      let text = '';
      for (const row of rows.getRows()) {
        if (!first) text += after;
        first = false;
        for (const [column, value] of rowTexts(row, columns, settings).entries()) {
          text += labels[column]! + value + after;
        }
      }
      return text;
    },
  };
};
