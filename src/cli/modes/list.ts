import { separated } from './separated.ts';

/** Values delimited by the column separator, `|` by default. */
export const list = separated('|', '\n', (text) => text);
