import { displayWidth, splitAtWidth } from '../../../text/displayWidth.ts';
import { lines, pad, row, rule, type Align } from '../frame.ts';
import { boxWidth, fit } from './fit.ts';

/** A result as text, ready to be drawn. */
export interface BoxContent {
  readonly names: readonly string[];
  readonly typeNames: readonly string[];
  readonly rightAligned: readonly boolean[];
  /** The first rows; all of them when `bottom` is empty. */
  readonly top: readonly (readonly string[])[];
  /** The last rows of a result that is too long to show. */
  readonly bottom: readonly (readonly string[])[];
  readonly rowCount: number;
  readonly maxRows: number;
  readonly maxWidth: number;
}

type Place = (cells: readonly string[], align: 'center' | 'column') => string;

/** Draws a duckbox. */
export function draw(content: BoxContent): string {
  const { names, typeNames, top, bottom, rowCount } = content;
  const wanted = names.map((name, column) => {
    let width = Math.max(displayWidth(name), displayWidth(typeNames[column]!));
    for (const texts of [...top, ...bottom]) width = Math.max(width, displayWidth(texts[column]!));
    return width;
  });
  const counts = { rows: rowCount, shownRows: top.length + bottom.length, columns: names.length };
  const minWidth = footerWidth({ ...counts, shownColumns: names.length });
  const { shown, ellipsisAt, widths } = fit(wanted, minWidth, content.maxWidth);

  const pick = <T>(values: readonly T[], ellipsis: T): T[] => {
    const picked = shown.map((column) => values[column] as T);
    if (ellipsisAt !== undefined) picked.splice(ellipsisAt, 0, ellipsis);
    return picked;
  };
  const cells = pick(widths, 1);
  const aligns = pick<Align>(
    content.rightAligned.map((right) => (right ? 'right' : 'left')),
    'center',
  );
  const place: Place = (texts, align) =>
    row(
      lines,
      texts.map((text, i) => pad(text, cells[i]!, align === 'center' ? 'center' : aligns[i]!)),
    );
  const heading = (texts: readonly string[]): string =>
    place(
      pick(texts, '…').map((text, i) => truncate(text, cells[i]!)),
      'center',
    );

  const rowsOf = (rows: readonly (readonly string[])[]): string[][] => rows.map((texts) => pick(texts, '…'));
  const header = 3;
  const wrapped = wrap(rowsOf(top), cells, bottom.length > 0 ? 0 : content.maxRows - header);
  const separator = rule(lines.middle, cells);
  return (
    rule(lines.top, cells) +
    heading(names) +
    heading(typeNames) +
    (rowCount > 0 ? separator : '') +
    rowLines(wrapped, place, separator) +
    (bottom.length > 0 ? place(dots(rowsOf(top), rowsOf(bottom), cells, aligns), 'column').repeat(3) : '') +
    rowLines(wrap(rowsOf(bottom), cells, 0), place, separator) +
    rule(lines.bottom, cells) +
    footer({ ...counts, shownColumns: shown.length }, boxWidth(cells))
  );
}

/** A rule separates a row of several lines from the next row. */
function rowLines(rows: readonly WrappedRow[], place: Place, separator: string): string {
  return rows
    .map((wrapped, index) => {
      const text = wrapped.map((texts) => place(texts, 'column')).join('');
      return wrapped.length > 1 && index + 1 < rows.length ? text + separator : text;
    })
    .join('');
}

/** A dot per column for the hidden rows, centred on the values around it. */
function dots(
  top: readonly (readonly string[])[],
  bottom: readonly (readonly string[])[],
  widths: readonly number[],
  aligns: readonly Align[],
): string[] {
  return widths.map((width, column) => {
    if (aligns[column] === 'center') return '…';
    const above = Math.min(width, displayWidth(top.at(-1)?.[column] ?? ''));
    const below = Math.min(width, displayWidth(bottom[0]![column]!));
    const length = Math.min(above || below, below || above);
    if (length === 0) return pad('·', width, 'center');
    const near = ' '.repeat((length - 1) >> 1);
    const far = ' '.repeat(length >> 1);
    return aligns[column] === 'right' ? `${far}·${near}` : `${near}·${far}`;
  });
}

/** The lines of one table row, each with the texts of all shown columns. */
type WrappedRow = readonly (readonly string[])[];

/** Wraps wide values onto several lines, at most `maxLines` in all. Longer ones end in `…`. */
function wrap(
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
function truncate(text: string, width: number): string {
  return displayWidth(text) > width ? `${splitAtWidth(text, width - 1)[0]}…` : text;
}

/** Below this many rows the reader counts them at a glance. */
const countedRows = 10;

/** Rows and columns of a result, and how many of them are shown. */
interface Counts {
  readonly rows: number;
  readonly shownRows: number;
  readonly columns: number;
  readonly shownColumns: number;
}

/** Cells a box needs for its footer; 0 where it can do without. */
function footerWidth({ rows, shownRows }: Counts): number {
  if (rows > 0 && shownRows === rows) return 0;
  return rowsWidth(rows, shownRows);
}

function rowsWidth(rows: number, shownRows: number): number {
  return Math.max(rowsText(rows).length, shownRows < rows ? shownText(shownRows).length : 0) + 4;
}

/** The lines under a box: how many rows and columns there are, and how many of them are shown. */
function footer(counts: Counts, boxWidth: number): string {
  const { rows, shownRows, columns, shownColumns } = counts;
  const rowText = rowsText(rows);
  const shown = shownRows < rows ? shownText(shownRows) : '';
  const columnText =
    `${columns} column${columns === 1 ? '' : 's'}` +
    (shownColumns < columns ? ` (${shownColumns} shown)` : '');

  const tellsColumns = (shownColumns < columns && rows > 0) || (rows >= countedRows && columns > 1);
  if (tellsColumns && boxWidth >= rowText.length + columnText.length + 6) {
    const room = boxWidth - rowText.length - columnText.length - 4;
    if (shown && room >= shown.length + 1) {
      return `  ${rowText} ${shown}${' '.repeat(room - shown.length - 1)}${columnText}\n`;
    }
    const first = `  ${rowText}${' '.repeat(room)}${columnText}\n`;
    return shown ? `${first}  ${shown}\n` : first;
  }
  const tellsRows = rows === 0 || rows >= countedRows;
  if (!tellsRows || boxWidth < rowsWidth(rows, shownRows)) return '';
  const inner = boxWidth - 4;
  return `  ${pad(rowText, inner, 'center')}\n${shown ? ` ${pad(shown, inner + 2, 'center')}\n` : ''}`;
}

const rowsText = (rows: number): string => `${rows} rows`;
const shownText = (rows: number): string => `(${rows} shown)`;
