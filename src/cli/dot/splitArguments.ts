const words = /"((?:[^"\\]|\\.)*)"?|'([^']*)'?|(\S+)/g;
const escapes: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
};

/**
 * The words of a dot command; quotes hold spaces, and in double quotes `\n`, `\t` and the like are escapes.
 */
export function splitArguments(text: string): string[] {
  return Array.from(
    text.matchAll(words),
    ([, double, single, bare]) =>
      single ?? bare ?? double!.replaceAll(/\\(.)/g, (_, c: string) => escapes[c] ?? c),
  );
}
