/**
 * The sqllogictest dialect that DuckDB extensions use
 * (https://duckdb.org/docs/stable/dev/sqllogictest/intro), as far as these tests need it.
 */

/** Types of a `query`: integer, real, text, date; one letter per column. */
export type ColumnLetter = 'I' | 'R' | 'T' | 'D';

export interface StatementRecord {
  readonly kind: 'statement';
  readonly line: number;
  readonly sql: string;
  /** Text the error must contain (`<REGEX>:` in front: must match); undefined when it must succeed. */
  readonly error: string | undefined;
}

export interface QueryRecord {
  readonly kind: 'query';
  readonly line: number;
  readonly sql: string;
  readonly types: readonly ColumnLetter[];
  readonly sort: 'nosort' | 'rowsort' | 'valuesort';
  /** Lines below `----`, untouched. */
  readonly expected: readonly string[];
}

export type SqlRecord = StatementRecord | QueryRecord;

export interface SqlTest {
  /** From `# description:`, else `# name:`. */
  readonly title: string | undefined;
  /** From `# backends:`; undefined when the file does not say. */
  readonly backends: readonly string[] | undefined;
  /** From `require`. */
  readonly requires: readonly string[];
  readonly records: readonly SqlRecord[];
}

interface Line {
  readonly number: number;
  readonly text: string;
}

/** Takes a `.test` file apart. `variables` are what `${name}` stands for. @throws Error for what it does not know. */
export function parseSqlTest(text: string, variables: Readonly<Record<string, string>> = {}): SqlTest {
  const lines = text.split('\n').map((line, i) => ({ number: i + 1, text: line.trimEnd() }));
  const requires: string[] = [];
  const records = parseRecords(lines, variables, requires);
  const backends = header(text, 'backends')?.split(/[\s,]+/);
  return { title: header(text, 'description') ?? header(text, 'name'), backends, requires, records };
}

const header = (text: string, name: string): string | undefined =>
  new RegExp(`^#\\s*${name}:\\s*(.+)$`, 'm').exec(text)?.[1].trim();

function parseRecords(
  lines: readonly Line[],
  variables: Readonly<Record<string, string>>,
  requires: string[],
): SqlRecord[] {
  const records: SqlRecord[] = [];
  for (let i = 0; i < lines.length;) {
    const { text, number } = lines[i];
    const words = text.split(/\s+/);
    if (text === '' || text.startsWith('#')) {
      i++;
    } else if (words[0] === 'require') {
      requires.push(words[1]);
      i++;
    } else if (words[0] === 'loop' || words[0] === 'foreach') {
      const end = endOfLoop(lines, i);
      for (const value of loopValues(words)) {
        records.push(...parseRecords(lines.slice(i + 1, end), { ...variables, [words[1]]: value }, requires));
      }
      i = end + 1;
    } else if (words[0] === 'statement' || words[0] === 'query') {
      const end = endOfRecord(lines, i);
      records.push(parseRecord(words, number, lines.slice(i + 1, end), variables));
      i = end;
    } else {
      throw new Error(`line ${number}: '${text}' is no record of a sqllogictest`);
    }
  }
  return records;
}

function endOfRecord(lines: readonly Line[], start: number): number {
  let end = start + 1;
  while (end < lines.length && lines[end].text !== '') end++;
  return end;
}

function endOfLoop(lines: readonly Line[], start: number): number {
  let depth = 0;
  for (let i = start; i < lines.length; i++) {
    if (/^(?:loop|foreach)\s/.test(lines[i].text)) depth++;
    if (lines[i].text === 'endloop' && --depth === 0) return i;
  }
  throw new Error(`line ${lines[start].number}: loop without endloop`);
}

function loopValues(words: readonly string[]): string[] {
  if (words[0] === 'foreach') return words.slice(2);
  const [from, to] = words.slice(2).map(Number);
  return Array.from({ length: to - from }, (_, i) => String(from + i));
}

function parseRecord(
  words: readonly string[],
  number: number,
  body: readonly Line[],
  variables: Readonly<Record<string, string>>,
): SqlRecord {
  const texts = body.map(({ text }) => substitute(text, variables));
  const separator = texts.indexOf('----');
  const sql = texts.slice(0, separator < 0 ? texts.length : separator).join('\n');
  const expected = separator < 0 ? [] : texts.slice(separator + 1);
  if (sql.trim() === '') throw new Error(`line ${number}: no SQL`);
  if (words[0] === 'statement') {
    if (words[1] === 'ok' && separator < 0) return { kind: 'statement', line: number, sql, error: undefined };
    // An empty expectation would also accept a typing mistake in the test.
    const error = expected.join('\n').trim();
    if (words[1] === 'error' && error !== '') return { kind: 'statement', line: number, sql, error };
    throw new Error(`line ${number}: write 'statement ok', or 'statement error' with the message below ----`);
  }
  const sort = words[2] ?? 'nosort';
  if (!/^[IRTD]+$/.test(words[1]) || !/^(?:nosort|rowsort|valuesort)$/.test(sort) || separator < 0) {
    throw new Error(
      `line ${number}: write 'query TYPES [nosort|rowsort|valuesort]' with the rows below ----`,
    );
  }
  const types = [...words[1]] as ColumnLetter[];
  return { kind: 'query', line: number, sql, types, sort: sort as QueryRecord['sort'], expected };
}

function substitute(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => variables[name] ?? whole);
}

/** Accuracy the contract promises for scores and distances; rounded decimals in test files need no more. */
const TOLERANCE = 2e-6;

/**
 * Expected and actual rows of a query, made comparable: both sorted as the record asks, and actual reals that are close
 * to the expected ones written as these.
 */
export function comparable(
  { line, types, sort, expected }: QueryRecord,
  rows: readonly (readonly string[])[],
): { actual: string[]; expected: string[] } {
  for (const row of rows) {
    if (row.length === types.length) continue;
    throw new Error(`line ${line}: the query has ${row.length} columns, the test says ${types.length}`);
  }
  const wanted = expectedRows(line, types.length, expected);
  if (sort === 'valuesort') {
    const letters = rows.flatMap(() => types);
    const values = rows
      .flat()
      .sort()
      .map((value) => [value]);
    return approximate(
      letters.slice(0, 1),
      values,
      wanted
        .flat()
        .sort()
        .map((value) => [value]),
    );
  }
  if (sort === 'nosort') return approximate(types, rows, wanted);
  return approximate(types, sortRows(rows), sortRows(wanted));
}

const sortRows = (rows: readonly (readonly string[])[]): (readonly string[])[] =>
  rows.slice().sort((a, b) => (a.join('\t') < b.join('\t') ? -1 : 1));

/** One row per line with tabs between the values, or one value per line. */
function expectedRows(line: number, columns: number, lines: readonly string[]): string[][] {
  const rows = lines.map((text) => text.split('\t'));
  if (rows.every((row) => row.length === columns)) return rows;
  if (rows.some((row) => row.length !== 1) || lines.length % columns !== 0) {
    throw new Error(
      `line ${line}: expected rows need ${columns} values with tabs between, or one value per line`,
    );
  }
  return Array.from({ length: lines.length / columns }, (_, i) =>
    lines.slice(i * columns, (i + 1) * columns),
  );
}

function approximate(
  types: readonly ColumnLetter[],
  rows: readonly (readonly string[])[],
  wanted: readonly (readonly string[])[],
): { actual: string[]; expected: string[] } {
  const actual = rows.map((row, i) =>
    row
      .map((value, j) => (types[j] === 'R' && close(value, wanted[i]?.[j]) ? wanted[i][j] : value))
      .join('\t'),
  );
  return { actual, expected: wanted.map((row) => row.join('\t')) };
}

function close(value: string, wanted: string | undefined): boolean {
  if (wanted === undefined || wanted === '' || value === '') return false;
  return Math.abs(Number(value) - Number(wanted)) <= TOLERANCE * Math.max(1, Math.abs(Number(wanted)));
}

/** True when an error message is the expected one. */
export function matchesError(message: string, expected: string): boolean {
  if (expected.startsWith('<REGEX>:'))
    return new RegExp(expected.slice('<REGEX>:'.length), 's').test(message);
  return message.includes(expected);
}
