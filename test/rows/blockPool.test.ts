import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { giveBlocks, takeBlock } from '../../src/rows/blockPool.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('blocks given back are taken again for two seconds, counted from the last that was taken', () => {
  const blocks = [takeBlock(1000), takeBlock(1000), takeBlock(1000)];
  const known = new Set(blocks.map(({ values }) => values.buffer));
  const taken = (): boolean => known.has(takeBlock(1000).values.buffer);
  giveBlocks(blocks);
  vi.advanceTimersByTime(1900);
  expect(taken()).toBe(true);
  vi.advanceTimersByTime(1900);
  expect(taken()).toBe(true);
  vi.advanceTimersByTime(2100);
  expect(taken()).toBe(false);
});
