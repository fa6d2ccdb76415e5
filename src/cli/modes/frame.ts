import { displayWidth } from '../../text/displayWidth.ts';

type Rule = readonly [left: string, fill: string, cross: string, right: string];

/** The characters that a table is drawn with. A rule that is undefined is not drawn. */
export interface Frame {
  readonly bar: string;
  readonly top?: Rule;
  readonly middle: Rule;
  readonly bottom?: Rule;
}

/** Of `box` and `duckbox`. */
export const lines: Frame & { readonly top: Rule; readonly bottom: Rule } = {
  bar: '│',
  top: ['┌', '─', '┬', '┐'],
  middle: ['├', '─', '┼', '┤'],
  bottom: ['└', '─', '┴', '┘'],
};

/** A line across a table. */
export function rule([left, fill, cross, right]: Rule, widths: readonly number[]): string {
  return `${left}${widths.map((width) => fill.repeat(width + 2)).join(cross)}${right}\n`;
}

/** A line of cells, each as wide as its column. */
export const row = ({ bar }: Frame, cells: readonly string[]): string =>
  `${bar} ${cells.join(` ${bar} `)} ${bar}\n`;

/** The alignment of a value in its column. */
export type Align = 'left' | 'right' | 'center';

/** Pads `text` to `width` cells. If it is centred, an odd space goes to the right. */
export function pad(text: string, width: number, align: Align): string {
  const space = Math.max(0, width - displayWidth(text));
  const before = { left: 0, right: space, center: space >> 1 }[align];
  return ' '.repeat(before) + text + ' '.repeat(space - before);
}
