import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { extract } from 'tar';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../src/session/session.ts';
import { openBrowser } from '../report/browser.ts';
import { blocksIn, root } from './blocks.ts';
import { commandsIn } from './commands.ts';

const chromium = await openBrowser();

/** The folder of a user who has installed the packed package. The fixtures are beside it. */
const folder = mkdtempSync(join(tmpdir(), 'nearduck-installed-'));
const modules = join(folder, 'node_modules');
const installed = join(modules, 'nearduck');
let readme: string;

beforeAll(async () => {
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync('npm', pack, { cwd: root, encoding: 'utf8' })) as [
    { filename: string },
  ];
  mkdirSync(installed, { recursive: true });
  await extract({ file: join(folder, filename), cwd: installed, strip: 1 });
  const { dependencies, bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    bin: { nearduck: string };
  };
  // The package finds only what it declares, because its files are outside the repository.
  for (const name of [...Object.keys(dependencies), 'typescript', '@types/node']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  mkdirSync(join(modules, '.bin'));
  symlinkSync(join(installed, bin.nearduck), join(modules, '.bin', 'nearduck'));
  symlinkSync(join(root, 'fixtures'), join(folder, 'fixtures'));
  readme = readFileSync(join(installed, 'README.md'), 'utf8');
});

afterAll(async () => {
  await chromium?.close();
  rmSync(folder, { recursive: true });
});

/** Runs a command line in the folder, with the package's command on the PATH. Returns its standard output. */
async function shell(command: string): Promise<string> {
  const PATH = [join(modules, '.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH, HOME: folder };
  try {
    return (await promisify(execFile)('sh', ['-c', command], { cwd: folder, env })).stdout;
  } catch (error) {
    // The compiler writes its errors to standard output.
    throw new Error(`${(error as Error).message}\n${(error as { stdout: string }).stdout}`, { cause: error });
  }
}

/** Number of dropped and kept rows in the results in `out/mine`. */
async function results(): Promise<Record<'dropped' | 'kept', number>> {
  await using session = await Session.open({ backend: 'cpu' });
  const reader = await session.connection.runAndReadAll(`
    SELECT
      (SELECT count(*) FROM '${folder}/out/mine/duplicates/*.parquet')::INTEGER AS dropped,
      (SELECT count(*) FROM '${folder}/out/mine/deduplicated/*.parquet')::INTEGER AS kept`);
  return reader.getRowObjectsJS()[0] as Record<'dropped' | 'kept', number>;
}

/** The README's command lines: scores without eps, tables of the scores, the report, a run with eps. */
const commands = (): string[] =>
  commandsIn(blocksIn(readme).find(({ text }) => text.startsWith('nearduck dedup '))!.text);

test('the README’s commands compute scores, explore them, and write a report', async () => {
  const [score, explore, report] = commands();
  expect(await shell(score)).toContain('No --eps given: nothing was marked as a duplicate yet.');
  expect(await shell(explore)).toContain('The least similar duplicates');
  expect(await shell(report)).toBe(`${folder}/out/mine/report.html\n`);
});

test.skipIf(!chromium)(
  'the command under the slider drops and keeps the rows that the page says',
  async () => {
    const view = await chromium!.browser.newPage({ locale: 'en-US' });
    await view.goto(pathToFileURL(join(folder, 'out/mine/report.html')).href);
    /** The number in a tile of the page, which is followed by a share. */
    const shown = async (id: string): Promise<number> =>
      Number(
        (await view.locator(`#${id}`).evaluate((tile) => tile.firstChild!.textContent!)).replaceAll(',', ''),
      );
    const before = await view.textContent('#command');
    await view.focus('#eps');
    for (let i = 0; i < 10; i++) await view.keyboard.press('ArrowRight');
    const command = String(await view.textContent('#command'));
    const said = { dropped: await shown('dropped'), kept: await shown('kept') };
    await view.close();
    expect(command).not.toBe(before);
    expect(said.dropped).toBeGreaterThan(0);
    expect(said.dropped + said.kept).toBe(1371);
    await shell(command);
    expect(await results()).toEqual(said);
  },
);

test('the README’s last command drops by its eps', async () => {
  const [drop, ...others] = commands().slice(3);
  expect(others).toEqual([]);
  expect(await shell(drop)).toMatch(/^duplicates +400 \(29\.2 %\) at eps 0\.005$/m);
  expect(await results()).toEqual({ dropped: 400, kept: 971 });
});

test('the README’s TypeScript compiles, with all types checked, and prints what the README says', async () => {
  const [{ text: code, output }, ...others] = blocksIn(readme).filter(({ language }) => language === 'ts');
  expect(others).toEqual([]);
  const tsc = 'node node_modules/typescript/bin/tsc --strict --module nodenext --target es2023';
  writeFileSync(join(folder, 'wrong.mts'), code.replace('{ k: 20,', '{ clusters: 20,'));
  await expect(shell(`${tsc} --noEmit --skipLibCheck wrong.mts`)).rejects.toThrow(
    /wrong\.mts\(\d+,\d+\): error TS2353: .*'clusters'/,
  );
  writeFileSync(join(folder, 'program.mts'), code);
  expect(await shell(`${tsc} program.mts`)).toBe('');
  expect(output).toContain('990 clips kept');
  expect(await shell('node program.mjs')).toBe(output);
}, 120_000);
