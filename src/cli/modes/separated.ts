import type { Mode } from './renderer.ts';
import { rowTexts } from './texts.ts';

/** A mode that writes one line per row, its values set apart by a separator and each passed through `escape`. */
export function separated(
  columnSeparator: string,
  rowSeparator: string,
  escape: (text: string, columnSeparator: string) => string,
): Mode {
  return (columns, settings) => {
    const between = settings.columnSeparator ?? columnSeparator;
    const after = settings.rowSeparator ?? rowSeparator;
    const line = (texts: readonly string[]): string =>
      texts.map((text) => escape(text, between)).join(between) + after;
    return {
      begin: () => (settings.headers ? line(columns.names) : ''),
      rows: (rows) =>
        rows
          .getRows()
          .map((row) => line(rowTexts(row, columns, settings)))
          .join(''),
      end: () => '',
    };
  };
}
