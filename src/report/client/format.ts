import type { ReportData, Shown } from '../reportData.ts';

export const count = (value: number): string => value.toLocaleString('en-US');

/** `1 row`, `2 rows`. */
export const counted = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

export const percent = (share: number): string =>
  `${(100 * share).toFixed(share < 0.001 && share > 0 ? 3 : 1)} %`;

/** Three digits, as eps is given on the command line. */
export const epsText = (eps: number): string => String(Number(eps.toPrecision(3)));

export const scoreText = (score: number): string => score.toFixed(6);

/** What is shown of a row. Ids such as constructor are names of every object. */
export const shownOf = ({ shown }: ReportData, id: string): readonly Shown[] =>
  Object.hasOwn(shown, id) ? shown[id] : [];

/** The element with an id that the page is known to have. */
export function element<E extends HTMLElement = HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}

/** A new element. Text is never taken for HTML. */
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

/** A table; cells that are numbers or percentages are set to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number | Node)[])[],
): HTMLElement {
  const isNumber = head.map(
    (_, i) => rows.length > 0 && (typeof rows[0][i] === 'number' || / %$/.test(String(rows[0][i]))),
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
