import { rowTexts, type Mode } from './renderer.ts';

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
