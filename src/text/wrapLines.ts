import { displayWidth } from './displayWidth.ts';

/** Minimum width of a wrapped column, in cells. */
const MIN_COLUMN_WIDTH = 20;

/** Breaks lines between words at `width` cells. What follows stands below the last column. */
export function wrapLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (displayWidth(line) > width ? wrapLine(line, width) : line))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  const gaps = [...line.slice(0, Math.max(0, width - MIN_COLUMN_WIDTH)).matchAll(/(?:^ *|\S {2,})(?=\S)/g)];
  const last = gaps.at(-1);
  const indent = last ? last.index + last[0].length : 0;
  const lines = [line.slice(0, indent)];
  for (const word of line.slice(indent).split(' ')) {
    const current = lines.at(-1)!;
    const begins = current.trim() === '' || (lines.length === 1 && current.length === indent);
    const longer = begins ? current + word : `${current} ${word}`;
    if (begins || displayWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(' '.repeat(indent) + word);
  }
  return lines.join('\n');
}
