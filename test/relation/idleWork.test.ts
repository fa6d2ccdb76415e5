import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { IdleWork } from '../../src/relation/idleWork.ts';

/** A job of `pieces` pieces that records each in `log`. */
function* job(name: string, pieces: number, log: string[]): Generator<void, void> {
  for (let piece = 0; piece < pieces; piece++) {
    log.push(`${name}${piece}`);
    yield;
  }
  log.push(`${name} done`);
}

describe('idle work', () => {
  test('waits for a turn of the event loop, then goes job by job', async () => {
    const log: string[] = [];
    const work = new IdleWork(10);
    work.add(job('a', 2, log), 5);
    work.add(job('b', 1, log), 5);
    expect(log).toEqual([]);
    while (log.length < 5) await turn();
    expect(log).toEqual(['a0', 'a1', 'a done', 'b0', 'b done']);
    work.finish();
    expect(log).toHaveLength(5);
  });

  test('is done at once as far as too much waits', () => {
    const log: string[] = [];
    const work = new IdleWork(10);
    work.add(job('a', 1, log), 8);
    work.add(job('b', 1, log), 2);
    expect(log).toEqual([]);
    work.add(job('c', 1, log), 6);
    expect(log).toEqual(['a0', 'a done']);
    work.add(job('large', 1, log), 100);
    expect(log).toEqual(['a0', 'a done', 'b0', 'b done', 'c0', 'c done', 'large0', 'large done']);
  });

  test('is finished when asked, and forgotten when asked', async () => {
    const log: string[] = [];
    const work = new IdleWork(10);
    work.add(job('a', 1, log), 1);
    work.finish();
    expect(log).toEqual(['a0', 'a done']);
    work.add(job('b', 1, log), 1);
    work.clear();
    work.finish();
    await turn();
    expect(log).toEqual(['a0', 'a done']);
  });

  test('that fails in a turn of its own is an error of the next call, and ends the rest', async () => {
    const log: string[] = [];
    const work = new IdleWork(10);
    const failing = (function* (): Generator<void, void> {
      yield;
      throw new Error('no more');
    })();
    work.add(failing, 1);
    work.add(job('b', 1, log), 1);
    await turn();
    await turn();
    expect(() => work.finish()).toThrow('no more');
    expect(() => work.add(job('c', 1, log), 1)).toThrow('no more');
    expect(log).toEqual([]);
  });
});
