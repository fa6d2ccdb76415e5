import { pad } from '../frame.ts';

/** Below this many rows the reader counts them at a glance. */
const countedRows = 10;

/** Rows and columns of a result, and how many of them are shown. */
export interface Counts {
  readonly rows: number;
  readonly shownRows: number;
  readonly columns: number;
  readonly shownColumns: number;
}

/** Cells a box needs for its footer; 0 where it can do without. */
export function footerWidth({ rows, shownRows }: Counts): number {
  if (rows > 0 && shownRows === rows) return 0;
  return rowsWidth(rows, shownRows);
}

function rowsWidth(rows: number, shownRows: number): number {
  return Math.max(rowsText(rows).length, shownRows < rows ? shownText(shownRows).length : 0) + 4;
}

/** The lines under a box: how many rows and columns there are, and how many of them are shown. */
export function footer(counts: Counts, boxWidth: number): string {
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
