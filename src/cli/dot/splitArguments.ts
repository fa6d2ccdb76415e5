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

/** The words of a dot command. Quotes hold spaces; double quotes also hold escapes such as `\t`. */
export function splitArguments(text: string): string[] {
  return Array.from(
    text.matchAll(words),
    ([, double, single, bare]) =>
      single ?? bare ?? double!.replaceAll(/\\(.)/g, (_, c: string) => escapes[c] ?? c),
  );
}
