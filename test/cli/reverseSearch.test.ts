import { expect, test } from 'vitest';
import { ReverseSearch } from '../../src/cli/terminal/reverseSearch.ts';

const history = ['SELECT 3;', 'SELECT\n  2;', '.mode csv', 'SELECT 1;'];

/** What the search draws, puts on the prompt and passes on when a user types `chunks`. */
async function typed(...chunks: string[]): Promise<{ drawn: string[]; taken: unknown[]; passed: string }> {
  const drawn: string[] = [];
  const taken: unknown[] = [];
  const search = new ReverseSearch(
    {
      entries: history,
      isReady: () => true,
      draw: (text) => drawn.push(text.replace(/^\(reverse-i-search\)/, '')),
      finish: (entry) => taken.push(entry),
    },
    () => {},
  );
  for (const chunk of chunks) search.write(chunk);
  search.end();
  let passed = '';
  for await (const text of search) passed += String(text);
  return { drawn, taken, passed };
}

test.each([
  ['keys pass through', ['abc', '\u001B[A'], [], [], 'abc\u001B[A'],
  [
    'what is typed is looked for',
    ['\u0012', 'S', 'E'],
    [`'': `, `'S': SELECT 3;`, `'SE': SELECT 3;`],
    [],
    '',
  ],
  [
    'Ctrl-R again goes back, as far as there is something',
    ['\u0012SEL', '\u0012\u0012', '\u0012'],
    [`'SEL': SELECT 3;`, `'SEL': SELECT 1;`, `'SEL': SELECT 1;`],
    [],
    '',
  ],
  ['an entry of several lines is shown in one', ['\u0012', '2'], [`'': `, `'2': SELECT 2;`], [], ''],
  ['Enter takes the entry and runs it', ['x\u0012mode\r'], [], ['.mode csv'], 'x\r'],
  [
    'arrow keys take it for editing',
    ['\u0012mode', '\u001B[D'],
    [`'mode': .mode csv`],
    ['.mode csv'],
    '\u001B[D',
  ],
  ['Ctrl-C and Ctrl-G give up', ['\u0012mode\u0003', '\u0012\u0007y'], [], [undefined, undefined], 'y'],
  ['backspace shortens', ['\u0012', '1\u007F', '\u007F2'], [`'': `, `'': `, `'2': SELECT 2;`], [], ''],
  ['what is nowhere is not taken on', ['\u0012', '1x'], [`'': `, `'1': SELECT 1;`], [], ''],
  ['nothing typed takes nothing', ['\u0012\r'], [], [undefined], '\r'],
])('%s', async (_, chunks, drawn, taken, passed) => {
  expect(await typed(...chunks)).toEqual({ drawn, taken, passed });
});
