import { aligned, center } from './aligned.ts';

const rule = (widths: readonly number[]): string => `+${widths.map((w) => '-'.repeat(w + 2)).join('+')}+\n`;

/** A table drawn with `+`, `-` and `|`. */
export const table = aligned({
  head: (names, widths) =>
    `${rule(widths)}| ${names.map((name, i) => center(name, widths[i]!)).join(' | ')} |\n${rule(widths)}`,
  row: (cells) => `| ${cells.join(' | ')} |\n`,
  foot: rule,
});
