import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/dedup.ts';
import { runShell } from '../../src/cli/runShell.ts';
import { ownIdentity } from '../../src/output/processIdentity.ts';
import type { RunFile } from '../../src/output/runFile.ts';
import { Session } from '../../src/session/session.ts';
import { caseCount } from '../support/cases.ts';
import { script } from '../workflow/clips.ts';
import { DAMAGES, faultsOf, silently } from './damages.ts';

const [folder, before] = [mkdtempSync(join(tmpdir(), 'nearduck-damage-')), process.cwd()];
const dedup = [
  'in.parquet',
  '--eps',
  '0.1',
  '--metadata',
  'in.parquet',
  '--backend',
  'reference',
  '--threads',
  '1',
];

beforeAll(async () => {
  process.chdir(folder);
  await using session = await Session.open();
  await session.connection.run(
    `COPY (SELECT i AS id, [cos(i // 2), sin(i // 2), 1]::FLOAT[] AS embedding FROM range(12) AS t(i)) TO 'in.parquet'`,
  );
  const { code, errors } = await silently(() => run([...dedup, '--output', 'pristine']));
  if (code !== 0) throw new Error(errors);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});
/** The files below a folder and their content. The content of a link is its target. */
function contents(path: string, name = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const child of readdirSync(path)) {
    const [below, as] = [join(path, child), `${name}${child}`];
    if (lstatSync(below).isSymbolicLink()) found.set(as, 'link');
    else if (lstatSync(below).isDirectory()) {
      for (const entry of contents(below, `${as}/`)) found.set(...entry);
    } else found.set(as, readFileSync(below, 'latin1'));
  }
  return found;
}

/** Leaves the files of a killed exchange, with an `exchange.json` that lists the new results. */
function cutOff(output: string): void {
  const id = '20200101T000000-00000000abcd';
  const workspace = join(output, '.nearduck', id);
  mkdirSync(join(workspace, 'tmp'), { recursive: true });
  mkdirSync(join(workspace, 'old'));
  const owner = { id, kind: 'run', ...ownIdentity(), started: '1' };
  writeFileSync(join(workspace, 'owner.json'), JSON.stringify(owner));
  cpSync(join(output, 'duplicates'), join(workspace, 'new/duplicates'), {
    recursive: true,
    preserveTimestamps: true,
  });
  const run = JSON.parse(readFileSync(join(output, 'run.json'), 'utf8')) as RunFile;
  writeFileSync(
    join(workspace, 'exchange.json'),
    JSON.stringify({ place: ['duplicates'], retire: [], owned: run.files, run }),
  );
  writeFileSync(join(output, '.nearduck/lock'), JSON.stringify({ ...owner, id: 'dead' }));
}

const scripted = (name: string): (() => Promise<number>) => {
  const set = ['output=./out', 'eps=0.2', 'overwrite=true', 'metadata=in.parquet'];
  const args = [...set.flatMap((variable) => ['-set', variable]), '-f', script(name)];
  return () => runShell(['-no-init', '-bail', ...args]);
};

/** Commands that write results, or read results of others. */
const COMMANDS: Readonly<Record<string, () => Promise<number>>> = {
  'dedup': () => run([...dedup, '--output', 'out']),
  'dedup --overwrite': () => run([...dedup, '--output', 'out', '--overwrite']),
  '5_identify': scripted('5_identify'),
  '6_export': scripted('6_export'),
  '4_choose_eps': scripted('4_choose_eps'),
}; // prettier-ignore

const FILES = [
  'run.json', 'kmeans_results/data_0.parquet', 'pairwise_results/data_0.parquet', 'duplicates/data_0.parquet', 'deduplicated/data_0.parquet',
  'exchange.json', 'owner.json', 'new/duplicates/data_0.parquet', 'lock',
]; // prettier-ignore

interface Case {
  readonly file: string;
  readonly damage: string;
  readonly isCutOff: boolean;
  readonly foreign: string;
  readonly command: string;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    file: fc.constantFrom(...FILES),
    damage: fc.constantFrom(...Object.keys(DAMAGES)),
    isCutOff: fc.boolean(),
    foreign: fc.constantFrom('notes.txt', 'duplicates/mine.parquet', 'duplicates.bak/data_0.parquet'),
    command: fc.constantFrom(...Object.keys(COMMANDS)),
  })
  // `dedup` watches such a lock for 20 seconds: see test/output/folderLock.test.ts.
  .filter(({ file, command }) => file !== 'lock' || !command.startsWith('dedup'));

test('output folders with any file damaged: an error that helps or a right result, and nothing foreign is lost', async () => {
  let done = 0;
  const check = async ({ file, damage, isCutOff, foreign, command }: Case): Promise<void> => {
    for (const name of ['out', 'elsewhere']) rmSync(name, { recursive: true, force: true });
    cpSync('pristine', 'out', { recursive: true, preserveTimestamps: true });
    const isWork = /^(?:exchange|owner|new|lock)/.test(file);
    if (isCutOff || isWork) cutOff('out');
    mkdirSync(join('out', foreign, '..'), { recursive: true });
    writeFileSync(join('out', foreign), 'important');
    const [work = ''] = isWork ? readdirSync('out/.nearduck').filter((name) => name !== 'lock') : [];
    const path = isWork ? join('out/.nearduck', file === 'lock' ? '' : work, file) : join('out', file);
    DAMAGES[damage](path);
    const was = contents('out');

    const { code, errors } = await silently(COMMANDS[command]);
    const now = contents('out');
    const important = [...now].filter(([, text]) => text === 'important').map(([name]) => name);
    // It may be in a folder that was moved away.
    const isKept = important.some((name) => name.endsWith(foreign.slice(foreign.lastIndexOf('/') + 1)));
    expect({ isKept, count: important.length }).toEqual({
      isKept: true,
      count: damage === 'a folder with a file' ? 2 : 1,
    });
    if (code === 0) done++;
    // A refused command changes nothing, except that it may finish an interrupted exchange first.
    const isSame = code === 0 || isCutOff || isWork || isDeepStrictEqual(now, was);
    expect({ isSame, faults: code === 0 ? [] : faultsOf(errors) }).toEqual({ isSame: true, faults: [] });
    expect(code === 0 && command === 'dedup', 'an output that exists was not refused').toBe(false);
  };
  // Test each file in turn, then random ones.
  const whole = { isCutOff: false, foreign: 'notes.txt', command: 'dedup --overwrite' } as const;
  for (const file of FILES.filter((name) => name !== 'lock'))
    for (const damage of ['removed', 'another byte']) await check({ ...whole, file, damage });
  const runs = caseCount(40);
  await fc.assert(fc.asyncProperty(cases, check), { numRuns: runs });
  expect(done).toBeGreaterThan(runs / 20);
}, 0);
