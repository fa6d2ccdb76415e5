import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { binary } from './runCli.ts';

describe.skipIf(!existsSync('/dev/full'))('an output that is full (needs /dev/full)', () => {
  test.each([
    ['a short result', ['-c', 'SELECT 1']],
    ['a long result', ['-csv', '-c', 'FROM range(1000000)']],
    ['the version', ['-version']],
  ])('%s ends with exit code 1 and one line that says why', (_, args) => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [binary, ...args], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'IO Error: cannot write to the standard output: ENOSPC: no space left on device, write\n',
    });
  });
});

test('a current folder that was removed is an error of one line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nearduck-gone-'));
  const script = 'cd "$1" && rmdir "$1" && exec "$2" "$3" dedup /nowhere.parquet --output /nowhere';
  const { status, stderr } = spawnSync('sh', ['-c', script, 'sh', folder, process.execPath, binary], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: 'IO Error: the current folder does not exist any more; change to another one\n',
  });
});
