import type { Shown } from '../reportData.ts';
import { make } from './format.ts';

type Media = NonNullable<Shown['media']>;

/** The element that shows or plays a file. `preload`: what is loaded before a player starts. */
export function player({ kind, source }: Media, label: string, preload: 'metadata' | 'none'): HTMLElement {
  if (kind === 'image') return make('img', '', { src: source, alt: label, loading: 'lazy' });
  return make(kind, '', { src: source, controls: '', preload, 'aria-label': label });
}

/** What is shown of a row, as cells of a table. */
export const cellsOf = (shown: readonly Shown[]): (string | Node)[] =>
  shown.map(({ media, column, text }) =>
    media ? make('div', [player(media, `${column}: ${text}`, 'none'), document.createTextNode(text)]) : text,
  );
