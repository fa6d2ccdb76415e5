import { displayWidth, splitAtWidth } from '../../../text/displayWidth.ts';

/** The lines of one table row, each with the texts of all shown columns. */
export type WrappedRow = readonly (readonly string[])[];

/** Wraps wide values onto several lines, at most `maxLines` in all. Longer ones end in `…`. */
export function wrap(
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  maxLines: number,
): WrappedRow[] {
  const share = Math.max(0, Math.floor((maxLines - rows.length) / rows.length));
  return rows.map((row) => wrapRow(row, widths, 1 + share));
}

function wrapRow(row: readonly string[], widths: readonly number[], maxLines: number): WrappedRow {
  const cells = row.map((text, column) => wrapCell(text, widths[column]!, maxLines));
  const height = Math.max(...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ''));
}

function wrapCell(text: string, width: number, maxLines: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (lines.length < maxLines - 1 && displayWidth(rest) > width) {
    const [head, tail] = splitAtWidth(rest, width);
    if (head === '') break;
    lines.push(head);
    rest = tail;
  }
  lines.push(truncate(rest, width));
  return lines;
}

/** Cuts `text` to `width` cells; a cut text ends in `…`. */
export function truncate(text: string, width: number): string {
  return displayWidth(text) > width ? `${splitAtWidth(text, width - 1)[0]}…` : text;
}
