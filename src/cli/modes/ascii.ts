import { separated } from './separated.ts';

/** Values delimited by the ASCII unit separator, rows by the record separator. */
export const ascii = separated('\u001F', '\u001E', (text) => text);
