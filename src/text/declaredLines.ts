/** The lines of an indented text. A line that is indented more continues the one before. */
export function declaredLines(text: string): string[] {
  const [indent] = /^\n */.exec(text)!;
  return text
    .trim()
    .replaceAll(new RegExp(`${indent} +`, 'g'), ' ')
    .split(indent);
}
