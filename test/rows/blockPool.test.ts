import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { releaseBlocks, acquireBlock } from '../../src/rows/blockPool.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('blocks given back are taken again for two seconds, counted from the last that was taken', () => {
  const blocks = [acquireBlock(1000), acquireBlock(1000), acquireBlock(1000)];
  const known = new Set(blocks.map(({ values }) => values.buffer));
  const taken = (): boolean => known.has(acquireBlock(1000).values.buffer);
  releaseBlocks(blocks);
  vi.advanceTimersByTime(1900);
  expect(taken()).toBe(true);
  vi.advanceTimersByTime(1900);
  expect(taken()).toBe(true);
  vi.advanceTimersByTime(2100);
  expect(taken()).toBe(false);
});
