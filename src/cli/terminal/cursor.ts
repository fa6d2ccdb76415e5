/** The position at the end of an unfinished SQL text. */
export interface Cursor {
  /** Text of the string literal it is in, quotes undoubled; undefined outside of one. */
  readonly string?: string;
  /** The named parameter whose value that string literal begins. */
  readonly parameter?: string;
  /** The function whose parentheses surround it, in lower case. */
  readonly call?: string;
}

const TOKEN = /'(?:[^']|'')*('|$)|"(?:[^"]|"")*(?:"|$)|--[^\n]*|\/\*[^]*?(?:\*\/|$)|(\w+)\s*\(|([()])/g;

/** Follows quotes, comments and parentheses to the end of `sql`. */
export function cursorAt(sql: string): Cursor {
  const calls: (string | undefined)[] = [];
  for (const { 0: token, 1: quote, 2: name, 3: parenthesis, index } of sql.matchAll(TOKEN)) {
    if (token.startsWith("'") && (quote === '' || token === "'")) {
      const [, parameter] = /(\w+)\s*:=\s*$/.exec(sql.slice(0, index)) ?? [];
      const string = token.slice(1).replaceAll("''", "'");
      return { string, ...(parameter === undefined ? {} : { parameter }), ...callOf(calls) };
    }
    if (name !== undefined || parenthesis === '(') calls.push(name?.toLowerCase());
    else if (parenthesis === ')') calls.pop();
  }
  return callOf(calls);
}

function callOf(calls: readonly (string | undefined)[]): Pick<Cursor, 'call'> {
  const call = calls.at(-1);
  return call === undefined ? {} : { call };
}
