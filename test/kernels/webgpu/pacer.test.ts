import { expect, test, vi } from 'vitest';
import { Pacer } from '../../../src/kernels/webgpu/search/pacer.ts';

test('a submit that took too long makes the next one smaller', () => {
  const pacer = new Pacer(2e9);
  const before = pacer.budget;
  pacer.observe(before, 50);
  expect(pacer.budget).toBeCloseTo(before / 2);
});

test('a full submit that ended early makes the next one larger, by steps', () => {
  const pacer = new Pacer(2e9);
  const before = pacer.budget;
  pacer.observe(before, 12.5);
  expect(pacer.budget).toBeCloseTo(before * 2);
  pacer.observe(pacer.budget, 0);
  expect(pacer.budget).toBeCloseTo(before * 8);
});

test('a small submit that ended early teaches nothing', () => {
  const pacer = new Pacer(2e9);
  const before = pacer.budget;
  pacer.observe(before / 100, 1);
  expect(pacer.budget).toBe(before);
});

test('two submits of which word comes at once are one that took the time of both', async () => {
  vi.useFakeTimers();
  const pacer = new Pacer(1e9);
  const ended = new EventTarget();
  const end = (): Promise<unknown> =>
    new Promise((resolve) => ended.addEventListener('end', resolve, { once: true }));
  await pacer.submitted(1e9, end());
  const second = pacer.submitted(1e9, end());
  vi.advanceTimersByTime(50);
  ended.dispatchEvent(new Event('end'));
  await second;
  await vi.advanceTimersByTimeAsync(0);
  // 2e9 in 50 ms.
  expect(pacer.budget).toBeCloseTo(1e9);
  vi.useRealTimers();
});

test('at most two submits are under way', async () => {
  const pacer = new Pacer(2e9);
  const ended: string[] = [];
  const first = new EventTarget();
  await pacer.submitted(1, new Promise((resolve) => first.addEventListener('end', resolve)));
  const second = pacer.submitted(1, Promise.resolve()).then(() => ended.push('second'));
  await Promise.resolve();
  expect(ended).toEqual([]);
  first.dispatchEvent(new Event('end'));
  await second;
  expect(ended).toEqual(['second']);
});

test('a failed submit fails whoever waits for it', async () => {
  const pacer = new Pacer(2e9);
  await pacer.submitted(1, Promise.reject(new Error('lost')));
  await expect(pacer.submitted(1, Promise.resolve())).rejects.toThrow('lost');
});
