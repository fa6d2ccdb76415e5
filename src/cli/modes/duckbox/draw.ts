import { displayWidth } from '../../../text/displayWidth.ts';
import { lines, pad, row, rule, type Align } from '../frame.ts';
import { boxWidth, fit } from './fit.ts';
import { footer, footerWidth } from './footer.ts';
import { truncate, wrap, type WrappedRow } from './wrap.ts';

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
