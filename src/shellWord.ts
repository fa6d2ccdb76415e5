/** `text` as a shell takes it for one word. */
export const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : quotedWord(text));

/** The same, in quotes whatever it is. */
export const quotedWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
