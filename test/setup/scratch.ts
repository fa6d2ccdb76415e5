import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
const ENOUGH = 8 * 2 ** 30;

/** Files in memory are deleted faster, and need no fsync. */
function fastFolder(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ENOUGH ? MEMORY : tmpdir();
}

/** One temporary folder for the whole run. It is removed with everything that tests and killed commands leave. */
export default function provideScratch(): () => void {
  const before = process.env['TMPDIR'];
  const folder = mkdtempSync(join(before ?? fastFolder(), 'nearduck-run-'));
  process.env['TMPDIR'] = folder;
  return () => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, { recursive: true, force: true });
  };
}
