import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
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
