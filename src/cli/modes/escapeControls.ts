const escapes: Record<string, string> = {
  '\u0007': String.raw`\a`,
  '\b': String.raw`\b`,
  '\t': String.raw`\t`,
  '\n': String.raw`\n`,
  '\v': String.raw`\v`,
  '\f': String.raw`\f`,
  '\r': String.raw`\r`,
  '\u001B': String.raw`\e`,
};

/** Control characters as escapes, so that a value stays in its box. */
export function escapeControls(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (c) => escapes[c] ?? (c < ' ' ? `\\${c.charCodeAt(0)}` : c));
}
