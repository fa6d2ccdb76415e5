import { describe, expect, test } from 'vitest';
import { ProgressLine, progressText } from '../../src/cli/progressLine.ts';

describe('progressText', () => {
  test.each([
    [{ step: 'read rows', done: 1234 }, 0, 'read rows  1,234'],
    [{ step: 'read rows', done: 20_000 }, 2000, 'read rows  20,000  10,000/s'],
    [{ step: 'k-means', done: 12, total: 300 }, 4000, 'k-means  12/300  4%  3.0/s  ETA 1m36s'],
    [{ step: 'pairwise', done: 1, total: 9000 }, 1000, 'pairwise  1/9,000  0%  1.0/s  ETA 2h29m'],
    [
      { step: 'k-means', done: 3, total: 3, detail: 'inertia 1.5' },
      1000,
      'k-means  3/3  100%  3.0/s  inertia 1.5',
    ],
    [
      { step: 'pairwise', done: 987_654_321, total: 499_999_500_000, detail: 'pairs of rows' },
      2000,
      'pairwise  987.7M/500B  0%  493.8M/s  ETA 16m51s  pairs of rows',
    ],
    [{ step: 'wait', done: 0, total: 0 }, 0, 'wait  0/0'],
  ])('%j after %i ms', (progress, elapsed, text) => {
    expect(progressText(progress, elapsed)).toBe(text);
  });
});

function line(terminal: boolean, columns = 20) {
  const written: string[] = [];
  const clock = { time: 0 };
  const stream = { write: (text: string) => written.push(text), isTTY: terminal, columns };
  return { written, clock, progress: new ProgressLine({ stream, color: false, now: () => clock.time }) };
}

describe('ProgressLine', () => {
  test('draws nothing unless the stream is a terminal', () => {
    const { written, progress } = line(false);
    progress.update({ step: 'a', done: 1 });
    progress.clear();
    expect(written).toEqual([]);
  });

  test('rewrites one line, at most ten times per second, and at once for a new step', () => {
    const { written, clock, progress } = line(true);
    progress.update({ step: 'a', done: 1 });
    clock.time = 50;
    progress.update({ step: 'a', done: 2 });
    clock.time = 60;
    progress.update({ step: 'b', done: 1 });
    clock.time = 160;
    progress.update({ step: 'b', done: 2 });
    expect(written).toEqual(['\r\u001B[Ka  1', '\r\u001B[Kb  1', '\r\u001B[Kb  2  20.0/s']);
  });

  test('stays within the terminal', () => {
    const { written, progress } = line(true);
    progress.update({ step: 'a', done: 1, detail: 'much more than fits' });
    expect(written).toEqual(['\r\u001B[Ka  1  much more tha']);
  });

  test('is drawn where the terminal does not know its width', () => {
    const { written, progress } = line(true, 0);
    progress.update({ step: 'a', done: 1 });
    expect(written).toEqual(['\r\u001B[Ka  1']);
  });

  test('is cleared once', () => {
    const { written, progress } = line(true);
    progress.clear();
    progress.update({ step: 'a', done: 1 });
    progress.clear();
    progress.clear();
    expect(written).toEqual(['\r\u001B[Ka  1', '\r\u001B[K']);
  });
});
