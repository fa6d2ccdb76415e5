import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LAYOUT } from '../../../src/cli/run/fingerprint.ts';
import { readRun } from '../../../src/cli/run/plannedRun.ts';
import { planOf } from '../../../src/run/plan.ts';
import { RunFolder } from '../../../src/run/runFolder.ts';
import { temporaryFolder } from '../../workflow/clips.ts';

test('tasks refuse the unfinished run of a build whose files differ', async () => {
  const path = temporaryFolder();
  const files = [{ path: 'a.parquet', bytes: 10 }];
  const plan = planOf({ files, tasks: 2 });
  const read = async (layout: number | undefined, finished?: string): Promise<unknown> => {
    const run = {
      tool: 'nearduck',
      id: 'a',
      plan,
      source: { options: { input: ['a.parquet'] } },
      fingerprint: { layout, files },
      reads: { input: { files, reader: 'read_parquet' } },
      directory: '/',
      finished,
    };
    writeFileSync(join(path, 'run.json'), JSON.stringify(run));
    return readRun(new RunFolder(undefined, path));
  };
  const refusal =
    `IO Error: another build of nearduck planned the run in '${path}', and its files differ; run its tasks with ` +
    'that build, or plan the run again in another folder';
  await expect(read(LAYOUT)).resolves.toMatchObject({ plan });
  await expect(read(LAYOUT - 1)).rejects.toThrow(refusal);
  await expect(read(undefined)).rejects.toThrow(refusal);
  await expect(read(undefined, '2026-11-28')).resolves.toMatchObject({ plan });
});
