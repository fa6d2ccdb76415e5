import { expect } from 'vitest';
import { runCli } from '../cli/runCli.ts';

/** SQL of a document. */
interface Snippet {
  readonly sql: string;
  /** What the document says it prints; undefined: nothing. */
  readonly output: string | undefined;
}

/** The SQL blocks of a Markdown text, each with the block of text that follows it. */
export function snippetsOf(markdown: string): Snippet[] {
  const blocks = markdown.matchAll(/```sql\n([^]*?)```\n(?:\n```text\n([^]*?)```)?/g);
  return [...blocks].map(([, sql, output]) => ({ sql, output }));
}

const MARK = '-- next --';

/** Runs the SQL in one shell, in the folder `root`, and compares what each block prints with what it should. */
export async function expectOutputs(snippets: readonly Snippet[], root: string): Promise<void> {
  const script = snippets.map(({ sql }) => `${sql}\n.print ${MARK}\n`).join('');
  const { code, stdout, stderr } = await runCli([], `.cd "${root}"\n${script}`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const outputs = stdout.split(`${MARK}\n`);
  snippets.forEach(({ sql, output = '' }, i) => {
    const expected = words(output).map((word) => (Number.isNaN(Number(word)) ? word : about(Number(word))));
    const actual = words(outputs[i]).map((word) => (Number.isNaN(Number(word)) ? word : Number(word)));
    expect(actual, sql).toEqual(expected);
  });
}

/** Words of an output. Clusters differ a little between backends: ids are any id, numbers are compared by value. */
const words = (output: string): string[] =>
  output
    .replaceAll(/[│┌┐└┘├┤┬┴┼─]+/g, ' ')
    .replaceAll(/\b[0-9a-f]{8}\b/g, 'id')
    .split(/\s+/)
    .filter((word) => word !== '');

/** Within 3 %. */
const about = (value: number): unknown =>
  expect.toSatisfy((actual: unknown) => Math.abs(Number(actual) - value) <= 0.03 * Math.abs(value));
