import { aligned, center } from './aligned.ts';
import { isNumeric } from './numeric.ts';

/** A Markdown table; numbers are marked as right-aligned. */
export const markdown = aligned({
  head(names, widths, columns) {
    const rules = widths.map((w, i) => '-'.repeat(w + 1) + (isNumeric(columns.types[i]!) ? ':' : '-'));
    return `| ${names.map((name, i) => center(name, widths[i]!)).join(' | ')} |\n|${rules.join('|')}|\n`;
  },
  row: (cells) => `| ${cells.join(' | ')} |\n`,
  foot: () => '',
  escape: (text) => text.replaceAll('|', String.raw`\|`),
});
