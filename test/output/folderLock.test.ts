import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FolderLock } from '../../src/output/folderLock.ts';
import { fateOf, ownIdentity } from '../../src/output/processIdentity.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nearduck-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = { subject: `output folder 'out'`, heartbeatMs: 20, watchMs: 300 };

describe('a lock', () => {
  test('is there until it is released', async () => {
    const lock = await FolderLock.acquire(path, 'first', options);
    expect(lock.isHeld).toBe(true);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ id: 'first', pid: process.pid });
    lock.release();
    expect(existsSync(path)).toBe(false);
  });

  test('is refused to others at once while its process is alive', async () => {
    const lock = await FolderLock.acquire(path, 'first', options);
    const message = `IO Error: another run, process ${process.pid} on `;
    await expect(FolderLock.acquire(path, 'second', options)).rejects.toThrow(message);
    expect(() => FolderLock.acquireNow(path, 'second', options.subject)).toThrow(message);
    expect(lock.isHeld).toBe(true);
    lock.release();
  });

  test('of a dead process is taken, whoever has its pid now', async () => {
    // It has the pid of this process, but another start time.
    writeFileSync(path, JSON.stringify({ id: 'first', ...ownIdentity(), started: '1' }));
    const lock = await FolderLock.acquire(path, 'second', options);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ id: 'second' });
    expect(readdirSync(folder)).toEqual(['lock']);
    lock.release();
  });

  test.each([
    ['a broken link', () => symlinkSync('nowhere', path), `lock '.*' is a broken link; remove it`],
    ['a folder', () => mkdirSync(path), `lock '.*' cannot be read: EISDIR.*; remove it`],
  ])('that is %s is an error, not a wait without end', async (_, make, message) => {
    make();
    const error = new RegExp(`^IO Error: ${message}`);
    await expect(FolderLock.acquire(path, 'first', options)).rejects.toThrow(error);
    expect(() => FolderLock.acquireNow(path, 'first', options.subject)).toThrow(error);
  });

  test.each(['', 'x', 'null', '[]', '{}'])('with %j in it is one of an unknown process', async (text) => {
    writeFileSync(path, text);
    expect(() => FolderLock.acquireNow(path, 'first', options.subject)).toThrow(
      `IO Error: another run, another process, is writing output folder 'out'`,
    );
    const lock = await FolderLock.acquire(path, 'first', options);
    expect(lock.isHeld).toBe(true);
    lock.release();
  });

  describe('of another container or machine, with our own host name and pid', () => {
    const foreign = () => JSON.stringify({ id: 'first', ...ownIdentity(), namespace: 'pid:[1]' });

    test('is refused as soon as it gives a sign of life', async () => {
      writeFileSync(path, foreign());
      const beats = setInterval(() => utimesSync(path, new Date(), new Date()), 10);
      const notices: string[] = [];
      const acquired = FolderLock.acquire(path, 'second', {
        ...options,
        notice: (text) => notices.push(text),
      });
      await expect(acquired).rejects.toThrow('another run');
      clearInterval(beats);
      expect(notices).toEqual([expect.stringContaining('s to see whether process')]);
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ id: 'first' });
    });

    test('is taken when it gives none, also when nothing can be read there', async () => {
      for (const content of [foreign(), '', '{']) {
        writeFileSync(path, content);
        const lock = await FolderLock.acquire(path, 'second', options);
        expect(lock.isHeld).toBe(true);
        lock.release();
      }
    });

    test('is not taken for a moment: there is no time to watch it', () => {
      writeFileSync(path, foreign());
      expect(() => FolderLock.acquireNow(path, 'second', options.subject)).toThrow('another run');
    });

    test('may be waited for no longer than until Ctrl-C', async () => {
      writeFileSync(path, foreign());
      const controller = new AbortController();
      const acquired = FolderLock.acquire(path, 'second', {
        ...options,
        watchMs: 1e9,
        signal: controller.signal,
      });
      setTimeout(() => controller.abort(), 30);
      await expect(acquired).rejects.toThrow('abort');
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ id: 'first' });
    });
  });

  test('knows when another process has taken it', async () => {
    const lock = await FolderLock.acquire(path, 'first', options);
    writeFileSync(path, JSON.stringify({ id: 'second', ...ownIdentity() }));
    expect(lock.isHeld).toBe(false);
    lock.release();
    expect(existsSync(path)).toBe(true);
  });

  test('gives signs of life while its process computes', async () => {
    const lock = await FolderLock.acquire(path, 'first', options);
    const script = `const { statSync } = require('node:fs');
      const first = statSync(process.argv[1]).mtimeMs;
      setInterval(() => statSync(process.argv[1]).mtimeMs > first && process.exit(0), 10);`;
    // The main thread is blocked, so only the heartbeat thread can show that it runs.
    const { status } = spawnSync(process.execPath, ['-e', script, path], { timeout: 20_000 });
    expect(status).toBe(0);
    lock.release();
  });
});

describe.skipIf(process.platform !== 'linux')(
  'the fate of a process (only Linux says enough to know it)',
  () => {
    test('alive, then dead', async () => {
      expect(fateOf(ownIdentity())).toBe('alive');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
      const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
      const identity = { ...ownIdentity(), pid: child.pid!, started };
      expect(fateOf(identity)).toBe('alive');
      expect(fateOf({ ...identity, started: `${started}0` })).toBe('dead');
      child.kill('SIGKILL');
      await new Promise((resolve) => child.on('close', resolve));
      expect(fateOf(identity)).toBe('dead');
    });

    test('dead once killed, though no parent asks for its end', async () => {
      const parent = spawn('sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1000']);
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(String(line));
      const fields = (): string[] => {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      };
      const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
      // Until then the parent is a shell, which asks.
      while (readFileSync(`/proc/${parent.pid}/comm`, 'utf8') !== 'sleep\n') await soon();
      const identity = { ...ownIdentity(), pid, started: fields()[19] };
      expect(fateOf(identity)).toBe('alive');
      process.kill(pid, 'SIGKILL');
      while (fields()[0] !== 'Z') await soon();
      expect(fateOf(identity)).toBe('dead');
      parent.kill('SIGKILL');
    });

    test('unknown on another boot, in another pid namespace, or without either', () => {
      const own = ownIdentity();
      expect(fateOf({ ...own, boot: 'other' })).toBe('unknown');
      expect(fateOf({ ...own, namespace: 'pid:[1]' })).toBe('unknown');
      expect(fateOf({ host: own.host, pid: own.pid })).toBe('unknown');
    });
  },
);
