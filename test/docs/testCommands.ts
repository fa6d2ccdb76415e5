import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runHere } from '../cli/runHere.ts';
import { blocksOf, root } from './blocks.ts';
import { commandsIn, isSynopsis, runCommand, standInForSlurm } from './commands.ts';
import { expectWords } from './snippets.ts';

/** Documents whose commands take several seconds. A long test runs them. */
export const LONG_DOCUMENTS = ['sql/README.md', 'sql/run/README.md'];

/** The command to run before those of a document. */
const before: Readonly<Record<string, string>> = { 'sql/README.md': 'npm run example' };

/** Parts of commands and their replacements, because the fixture has too few rows. */
const inPlaceOf = { '--clusters 100000': '--clusters 20' };

/**
 * Tests the commands of documents. Each document has a folder with the fixtures and the data that documents
 * name.
 */
export function testCommands(documents: readonly string[]): void {
  const withCommands = documents
    .map((document) => ({ document, blocks: blocksOf(document).filter(({ language }) => language === 'sh') }))
    .filter(({ blocks }) => blocks.length > 0);
  const folder = mkdtempSync(join(tmpdir(), 'nearduck-documents-'));

  beforeAll(async () => {
    for (const { document } of withCommands) {
      mkdirSync(join(folder, document), { recursive: true });
      symlinkSync(join(root, 'fixtures'), join(folder, document, 'fixtures'));
      symlinkSync(join(root, 'fixtures/clips/ce1_embd_parquet'), join(folder, document, 'clips'));
    }
    process.env['PATH'] = `${standInForSlurm(folder)}${delimiter}${process.env['PATH']}`;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  describe.each(withCommands)('commands of $document', ({ document, blocks }) => {
    test('run, and print what it says', async () => {
      const own = join(folder, document);
      if (document === 'sql/recipes.md') await writeMonths(own);
      const given = { text: before[document] ?? '', output: undefined };
      for (const { text, output } of [given, ...blocks.filter((block) => !isSynopsis(block.text))]) {
        let stdout = '';
        for (const command of commandsIn(text)) {
          let meant = command;
          for (const [said, run] of Object.entries(inPlaceOf)) meant = meant.replace(said, run);
          const result = await runCommand(meant, own);
          expect(result?.code ?? 0, `${command}\n${result?.stderr}`).toBe(0);
          stdout += result?.stdout ?? '';
        }
        if (output !== undefined) expectWords(comparable(stdout), comparable(output), text);
      }
    });
  });
}

/** Writes the data of the recipe for a second month. */
async function writeMonths(folder: string): Promise<void> {
  const [view] = blocksOf('sql/recipes.md');
  const statements = ['<', '>='].map((comparison, i) => {
    const path = join(folder, `month_${i + 1}`);
    mkdirSync(path);
    return `COPY (FROM clips WHERE source_video ${comparison} 'vid_5') TO '${path}/clips.parquet';`;
  });
  const { stderr } = await runHere(['-c', view.text + statements.join('')], '', root);
  expect(stderr).toBe('');
}

/** The summary of a run without times, versions and the path before the output folder. */
const comparable = (text: string): string =>
  text
    .replaceAll(/\S*\/(out\/clips\/)/g, '$1')
    .replace(/^seconds [^]*/m, (measured) => measured.replaceAll(/\d+(?:\.\d+)*/g, 'N'));
