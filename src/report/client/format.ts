import type { ReportData, Shown } from '../reportData.ts';

/** Formats a number with commas: `1,234`. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** `1 row`, `2 rows`. */
export const counted = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Formats a share: `12.3 %`, or `0.012 %` below 0.1 %. */
export const percent = (share: number): string =>
  `${(100 * share).toFixed(share < 0.001 && share > 0 ? 3 : 1)} %`;

/** Formats eps with three significant digits, as on the command line. */
export const epsText = (eps: number): string => String(Number(eps.toPrecision(3)));

/** Formats a score with six decimals. */
export const scoreText = (score: number): string => score.toFixed(6);

/** The displayed metadata of a row. Ids such as `constructor` are properties of every object. */
export const shownOf = ({ shown }: ReportData, id: string): readonly Shown[] =>
  Object.hasOwn(shown, id) ? shown[id] : [];

/** Returns the element with an id that exists in the page. */
export function element<E extends HTMLElement = HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}

/** Creates an element. Text is never parsed as HTML. */
export function make(
  tag: string,
  content: string | readonly Node[] = '',
  attributes: Readonly<Record<string, string>> = {},
): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (typeof content === 'string') made.textContent = content;
  else made.append(...content);
  return made;
}

/** Creates a table. Cells that contain numbers or percentages are right-aligned. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number | Node)[])[],
): HTMLElement {
  const isNumber = head.map(
    (_, i) => rows.length > 0 && (typeof rows[0][i] === 'number' || String(rows[0][i]).endsWith(' %')),
  );
  const kind = (i: number): Record<string, string> => (isNumber[i] ? { class: 'number' } : {});
  const cell = (value: string | number | Node, i: number): HTMLElement =>
    make('td', value instanceof Node ? [value] : typeof value === 'number' ? count(value) : value, kind(i));
  return make('table', [
    make('thead', [
      make(
        'tr',
        head.map((name, i) => make('th', name, { scope: 'col', ...kind(i) })),
      ),
    ]),
    make(
      'tbody',
      rows.map((row) => make('tr', row.map(cell))),
    ),
  ]);
}
