import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRunFile } from '../../src/output/runFile.ts';
import { temporaryFolder } from '../workflow/clips.ts';

test('a run.json that is a folder or a pipe is not ours, and nothing waits for it', () => {
  const [folder, pipe] = [temporaryFolder(), temporaryFolder()];
  mkdirSync(join(folder, 'run.json'));
  execFileSync('mkfifo', [join(pipe, 'run.json')]);
  for (const path of [folder, pipe])
    expect(() => readRunFile(path)).toThrow(`'${path}/run.json' does not list the files that nearduck wrote`);
});
