/** A wider column may be shortened to this many cells before columns are left out. */
const minColumnWidth = 20;
/** Narrower limits are ignored, because too little would be readable. */
const minBoxWidth = 80;

/** The columns of a result that fit in a box, and their widths. */
export interface BoxFit {
  /** Columns that are shown. */
  readonly shown: readonly number[];
  /** The position in `shown` of the column of `…`, which represents the hidden columns. */
  readonly ellipsisAt?: number;
  /** Cells of each column, shown or not. */
  readonly widths: readonly number[];
}

/** The width of a box around these columns: a space on each side of a value, a line between columns. */
export function boxWidth(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width + 3, 1);
}

/** Shortens wide columns, then leaves out middle columns, until a box fits in `maxWidth` cells. */
export function fit(wanted: readonly number[], minWidth: number, maxWidth: number): BoxFit {
  const widths = [...wanted];
  const missing = minWidth - boxWidth(widths);
  if (missing > 0) widths[0]! += missing;
  const every = widths.map((_, column) => column);
  const limit = Math.max(minBoxWidth, maxWidth);
  const excess = boxWidth(widths) - limit;
  if (excess <= 0) return { shown: every, widths };

  const shortened = shorten(widths, excess);
  if (boxWidth(shortened) <= limit) return { shown: every, widths: shortened };
  return leaveOutMiddle(widths, shortened, limit);
}

/** Takes `excess` cells away from the widest columns, so that they end up equally wide, to a cell. */
function shorten(wanted: readonly number[], excess: number): number[] {
  const cut = (level: number): number => wanted.reduce((sum, width) => sum + Math.max(0, width - level), 0);
  let level = minColumnWidth;
  for (let high = Math.max(...wanted); level + 1 < high;) {
    const middle = (level + high) >> 1;
    if (cut(middle) >= excess) level = middle;
    else high = middle;
  }
  let giveBack = Math.max(0, cut(level) - excess);
  return wanted
    .toReversed()
    .map((width) => (width > level ? level + (giveBack-- > 0 ? 1 : 0) : width))
    .toReversed();
}

/** Hides columns from the middle outwards; the room that is left goes to the columns that were shortened. */
function leaveOutMiddle(wanted: readonly number[], shortened: readonly number[], limit: number): BoxFit {
  const ellipsisWidth = 4;
  const hidden = new Set<number>();
  const widths = [...shortened];
  let total = boxWidth(widths) + ellipsisWidth;
  let offset = 0;
  while (total > limit && hidden.size < widths.length) {
    const column = Math.floor(widths.length / 2) + offset;
    total -= widths[column]! + 3;
    hidden.add(column);
    offset = offset >= 0 ? -offset - 1 : -offset;
  }
  const shown = widths.map((_, column) => column).filter((column) => !hidden.has(column));
  let room = limit - total;
  for (const column of shown) {
    const more = Math.min(room, wanted[column]! - widths[column]!);
    widths[column]! += more;
    room -= more;
  }
  return { shown, ellipsisAt: Math.min(...hidden), widths };
}
