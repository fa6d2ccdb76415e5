/** The lines of a text, each with the same indent. A line that is indented more continues the one before. */
export function declaredLines(text: string): string[] {
  const indent = /^\n */.exec(text)?.[0] ?? '\n';
  return text
    .trim()
    .replaceAll(new RegExp(`${indent} +`, 'g'), ' ')
    .split(indent);
}
