import { readFileSync } from 'node:fs';

/** The text of a `.wgsl` file in this folder. */
export const shader = (name: string): string =>
  readFileSync(new URL(`./${name}.wgsl`, import.meta.url), 'utf8');
