import { aligned, center } from './aligned.ts';
import { escapeControls } from './escapeControls.ts';

const rule = (widths: readonly number[], left: string, middle: string, right: string): string =>
  `${left}${widths.map((w) => '─'.repeat(w + 2)).join(middle)}${right}\n`;

/** A table drawn with box-drawing characters. */
export const box = aligned({
  head: (names, widths) =>
    rule(widths, '┌', '┬', '┐') +
    `│ ${names.map((name, i) => center(name, widths[i]!)).join(' │ ')} │\n` +
    rule(widths, '├', '┼', '┤'),
  row: (cells) => `│ ${cells.join(' │ ')} │\n`,
  foot: (widths) => rule(widths, '└', '┴', '┘'),
  escape: escapeControls,
});
