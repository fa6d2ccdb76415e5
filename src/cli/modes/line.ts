import { displayWidth } from '../../text/displayWidth.ts';
import { rowTexts, type Mode } from './renderer.ts';

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
