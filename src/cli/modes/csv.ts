import { separated } from './separated.ts';

const quotedCharacters = /[^\u0020-\u007E]|["']/;

/** Comma-separated values; quoted where the text has quotes, the separator, line breaks or characters beyond ASCII. */
export const csv = separated(',', '\n', (text, separator) =>
  quotedCharacters.test(text) || text.includes(separator) ? `"${text.replaceAll('"', '""')}"` : text,
);
