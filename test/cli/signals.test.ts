import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { binary, emptyDirectory } from './runCli.ts';

function start(args: readonly string[]) {
  const directory = emptyDirectory();
  return spawn(process.execPath, [binary, ...args], {
    cwd: directory,
    env: { ...process.env, HOME: directory },
  });
}

test('Ctrl-C stops the statement: exit code 130, nothing after it runs', { timeout: 60_000 }, async () => {
  const child = start([
    '-c',
    '.print running',
    '-c',
    'SELECT count(*) FROM range(1000000000000)',
    '-c',
    '.print no',
  ]);
  const stderr = text(child.stderr);
  const [first] = (await once(child.stdout, 'data')) as [Buffer];
  expect(String(first)).toBe('running\n');
  child.kill('SIGINT');
  const rest = text(child.stdout);
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, rest: await rest, stderr: await stderr }).toEqual({
    code: 130,
    rest: '',
    stderr: 'INTERRUPT Error: Interrupted!\n',
  });
});

test('a reader that leaves ends the run quietly', { timeout: 60_000 }, async () => {
  const child = start(['-csv', '-c', 'FROM range(100000000)']);
  const stderr = text(child.stderr);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, stderr: await stderr }).toEqual({ code: 141, stderr: '' });
});
