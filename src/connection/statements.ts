import type { DuckDBConnection } from '@duckdb/node-api';
import { skipComments } from '../skipComments.ts';

/** One statement of a script, and the number that DuckDB extracts from it (two for a PIVOT). */
export interface Statement {
  readonly text: string;
  readonly count: number;
}

/** Splits a script where DuckDB's parser accepts the text up to a semicolon. @throws its parser error. */
export async function splitStatements(connection: DuckDBConnection, script: string): Promise<Statement[]> {
  if (!hasStatement(script)) return [];
  const whole = await extract(connection, script);
  if (whole.count === 1) return [{ text: script, count: 1 }];

  const statements: Statement[] = [];
  let start = 0;
  for (let end = script.indexOf(';') + 1 || script.length; ;) {
    const text = script.slice(start, end).trim();
    const last = end >= script.length;
    const cut = hasStatement(text) && (last || !(await endsInComment(connection, text)));
    const count = cut ? await countStatements(connection, text) : 0;
    if (count > 0) {
      statements.push({ text, count });
      start = end;
    }
    if (last) {
      if (hasStatement(script.slice(start)))
        throw new Error(`cannot split into statements: ${script.slice(start)}`);
      return statements;
    }
    const next = script.indexOf(';', end);
    end = next < 0 ? script.length : next + 1;
  }
}

/** The statements of a text. @throws DuckDB's parser error, with the same message as when the text is run. */
async function extract(
  connection: DuckDBConnection,
  text: string,
): ReturnType<DuckDBConnection['extractStatements']> {
  try {
    return await connection.extractStatements(text);
  } catch (cause) {
    throw new Error((cause as Error).message.replace(/^Failed to extract statements: /, ''), { cause });
  }
}

/** True when the semicolon at the end is in a line comment, which also hides a bracket after it. */
async function endsInComment(connection: DuckDBConnection, text: string): Promise<boolean> {
  return /--[^\n]*$/.test(text) && (await countStatements(connection, `${text})`)) > 0;
}

async function countStatements(connection: DuckDBConnection, text: string): Promise<number> {
  try {
    return (await connection.extractStatements(text)).count;
  } catch {
    return 0;
  }
}

/** Returns false for empty and comment-only text, which DuckDB's parser rejects. */
export function hasStatement(text: string): boolean {
  return skipComments(text) !== '';
}

/**
 * Returns true for statements that bind table functions without scanning them. DuckDB reports the same
 * statement type for CREATE VIEW and CREATE TABLE AS, and for EXPLAIN and EXPLAIN ANALYZE, so the leading
 * words are compared.
 */
export function onlyBinds(text: string): boolean {
  const words = skipComments(text).replaceAll(/\/\*[^]*?\*\/|--[^\n]*/g, ' ');
  if (/^explain\b/i.test(words)) return !/^explain\s*(?:analyze\b|\([^)]*\banalyze\b)/i.test(words);
  return (
    /^create\s+(?:or\s+replace\s+)?(?:temp\s+|temporary\s+|persistent\s+)*(?:recursive\s+)?(?:view|macro|function)\b/i.test(
      words,
    ) || /^(?:prepare|describe|desc|show)\b/i.test(words)
  );
}

/** The lowercase name in `PREPARE name …` or `EXECUTE name …`. Returns undefined for other statements. */
export function preparedName(text: string): { verb: 'prepare' | 'execute'; name: string } | undefined {
  const words = skipComments(text).replace(/^explain\s*(?:analyze\b|\([^)]*\banalyze\b[^)]*\))\s*/i, '');
  const match = /^(prepare|execute)\s+(?:"((?:[^"]|"")+)"|([^\s(;"]+))/i.exec(words);
  if (!match) return undefined;
  const name = match[3] ?? match[2].replaceAll('""', '"');
  return { verb: match[1].toLowerCase() as 'prepare' | 'execute', name: name.toLowerCase() };
}
