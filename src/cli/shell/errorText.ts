/** The text of an error as DuckDB's shell prints it: class, message, and the line with a caret where there is one. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return printable(text.replace(/^Failed to (?:extract statements|prepare): /, ''));
}

/**
 * Shows control characters, except line breaks and tabs, as escapes: messages quote ids, names and values, and what they hold must
 * not give a terminal orders.
 */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
