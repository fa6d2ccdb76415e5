import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { RunFolder } from '../../src/run/runFolder.ts';
import { Attempt, doneTask, stepState } from '../../src/run/tasks.ts';
import { Session } from '../../src/session/session.ts';

// A local folder stands in for the object store: DuckDB's glob, read_text and COPY treat both alike.
test('on an object store a marker written last says that a task is done, whoever wrote it', async () => {
  const path = mkdtempSync(join(tmpdir(), 'nearduck-run-folder-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  mkdirSync(join(path, '.nearduck/tasks/assign'), { recursive: true });
  await using session = await Session.open();
  const folder = new RunFolder(session.connection, `${path}/`, true);
  expect(await folder.read('run.json')).toBeUndefined();
  await folder.write('run.json', '{"text": "it\'s"}', 'id');
  expect(await folder.read('run.json')).toBe('{"text": "it\'s"}\n');

  const tries = [1, 2, 3].map(() => new Attempt(folder, 'assign', 1));
  for (const attempt of tries) {
    await attempt.begin();
    mkdirSync(attempt.path);
    await folder.write(`${attempt.name}/labels.parquet`, 'x\n', 'id');
  }
  const none = { done: [], running: [], missing: [0, 1] };
  expect(await stepState(folder, 'assign', 2)).toEqual(none);
  const took = {
    finished: 'now',
    host: 'here',
    seconds: 1,
    steps: {},
    cpuSeconds: 1,
    peakBytes: 1,
    facts: {},
  };
  // The third attempt is killed.
  for (const attempt of tries.slice(0, 2)) await attempt.finish(took);
  expect(await stepState(folder, 'assign', 2)).toEqual({ done: [1], running: [], missing: [0] });
  const done = await doneTask(folder, 'assign', 1);
  expect(done?.files).toEqual([`${tries[1].name}/labels.parquet`]);
  folder.remove('.nearduck/tasks');
  expect(await folder.list('.nearduck/tasks')).toHaveLength(4);
  expect(folder.describeLeftovers('.nearduck/tasks')).toContain(`still below '${path}/.nearduck/tasks'`);
  expect(new RunFolder(undefined, 's3://bucket/run').describeLeftovers('a')).toContain(
    "remove it with: aws s3 rm --recursive 's3://bucket/run/a'",
  );
  expect(new RunFolder(undefined, `s3://bucket/it's`).describeLeftovers('a')).toContain(
    `remove it with: aws s3 rm --recursive 's3://bucket/it'\\''s/a'`,
  );
  expect(new RunFolder(undefined, path).describeLeftovers('a')).toBe('');
});
