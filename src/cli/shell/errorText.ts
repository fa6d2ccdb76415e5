/** The text of an error as DuckDB's shell prints it: class, message, and the line with a caret where there is one. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^Failed to (?:extract statements|prepare): /, '');
}
