import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { runHere } from '../cli/runHere.ts';
import { blocksIn, blocksOf, documents, root, type Block } from './blocks.ts';
import { isSynopsis, optionsIn, runCommand } from './commands.ts';
import { runProgram, typeErrors } from './programs.ts';
import { expectOutputs } from './snippets.ts';
import { LONG_DOCUMENTS, testCommands } from './testCommands.ts';

/** SQL to run before the blocks of a document: the view of the recipes. */
const before: Readonly<Record<string, Block>> = { 'sql/README.md': blocksOf('sql/recipes.md')[0] };

const TESTED = ['sh', 'sql', 'ts'];
/** Languages that are not run: outputs, drawings, and the Dockerfile, which a test below runs in part. */
const UNTESTED = ['text', 'dockerfile'];
/** Options of every command, and options for S3, which have their own section. */
const NOT_IN_SYNOPSES = ['--help', '--httpfs', '--s3-patience'];

test('each block of a document names a language that a test knows', () => {
  const languages = new Set(
    documents()
      .flatMap(blocksOf)
      .map(({ language }) => language),
  );
  expect([...languages].sort()).toEqual([...TESTED, ...UNTESTED].sort());
});

const withBlocks = (language: string): { document: string; blocks: Block[] }[] =>
  documents()
    .map((document) => ({
      document,
      blocks: blocksOf(document).filter((block) => block.language === language),
    }))
    .filter(({ blocks }) => blocks.length > 0);

test.each(withBlocks('sql'))('SQL of $document prints what it says', async ({ document, blocks }) => {
  const all = [...(before[document] ? [before[document]] : []), ...blocks];
  await expect(expectOutputs(all)).resolves.toBeUndefined();
});

test.each(withBlocks('ts'))('programs of $document print what it says', async ({ blocks }) => {
  for (const { text, output = '' } of blocks) expect(await runProgram(text)).toBe(output);
});

test('the types of all programs are right', () => {
  const programs = withBlocks('ts').flatMap(({ blocks }) => blocks.map(({ text }) => text));
  expect(typeErrors(programs)).toEqual([]);
});

testCommands(documents().filter((document) => !LONG_DOCUMENTS.includes(document)));

const usages = withBlocks('sh')
  .flatMap(({ blocks }) => blocks)
  .filter(({ text }) => isSynopsis(text))
  .flatMap(({ text }) => text.split(/^(?=nearduck )/m));
const verbOf = (usage: string): string => usage.split(' ')[1];

test.each([...new Set(usages.map(verbOf))])('the synopsis of %s has all its options', async (verb) => {
  const { stdout } = await runHere([verb, '--help']);
  const known = optionsIn(stdout);
  const shown = optionsIn(usages.filter((usage) => verbOf(usage) === verb).join(''));
  expect([...shown].filter((option) => !known.has(option))).toEqual([]);
  expect([...known].filter((option) => !shown.has(option) && !NOT_IN_SYNOPSES.includes(option))).toEqual([]);
});

describe('these tests find', () => {
  const said = '```sql\nSELECT 1 AS a;\n```\n\n```text\na\nint32\n2\n```\n';

  test('a statement that prints something else', async () => {
    await expect(expectOutputs(blocksIn(said).slice(0, 1))).rejects.toThrow('SELECT 1 AS a');
    await expect(expectOutputs([{ text: 'FROM nowhere;', output: '' }])).rejects.toThrow('nowhere');
  });

  test('a command that does not exist, fails, or has wrong options', async () => {
    const folder = mkdtempSync(`${tmpdir()}/nearduck-command-`);
    await expect(runCommand('npm run nothing', folder)).rejects.toThrow('"nothing"');
    await expect(runCommand('false', folder)).rejects.toThrow('false');
    expect((await runCommand('nearduck dedup clips --epsilon 1', folder))?.code).toBe(1);
  });

  test('a wrong option of a program', () => {
    const code = `import { kmeans } from 'nearduck/kysely';\nkmeans('clips', { k: 2, maxIterations: 3 });\n`;
    expect(typeErrors([code])).toEqual([expect.stringContaining(`'maxIterations' does not exist in type '`)]);
  });
});

test('the image recipe removes the binaries of other platforms only', async () => {
  const [{ text }] = blocksOf('sql/README.md').filter(({ language }) => language === 'dockerfile');
  const searches = [...text.matchAll(/find (.*) -exec rm -r \{\} \+/g)].map(([, search]) => search);
  expect(searches).toHaveLength(2);
  const find = async (search: string): Promise<string[]> =>
    (await runCommand(`find ${search}`, root))!.stdout.trim().split('\n');
  for (const search of searches) {
    const removed = await find(search);
    expect(removed.length).toBeGreaterThan(2);
    expect(removed.filter((path) => /linux.x64/.test(path))).toEqual([]);
    expect(await find(search.replace('! ', ''))).toEqual([expect.stringMatching(/linux.x64$/)]);
  }
});
