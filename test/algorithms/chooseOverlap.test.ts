import { describe, expect, test } from 'vitest';
import { sufficientDistance } from '../../src/algorithms/pairwise/chooseOverlap.ts';
import { randomSource } from '../../src/algorithms/random.ts';

const repeated = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

describe('the overlap that suffices for a sample', () => {
  test('follows from its duplicates where there are many', () => {
    const distances = [...repeated(900, 0), ...Array.from({ length: 100 }, (_, i) => (i + 1) / 1000)];
    // At a share of exactly 0.95, fewer than 41 of 1,000 are missed with a probability of 10 %. 2 % are added.
    expect(sufficientDistance(distances, repeated(500, 0.5), 0.95)).toBeCloseTo(0.0612, 10);
  });

  test('follows from them alone where hardly any similar rows are separated', () => {
    expect(sufficientDistance([0, 0, 0.02, 0.01], repeated(20, 0.5), 0.99)).toBeCloseTo(0.0204, 10);
    expect(sufficientDistance(repeated(10, 0), [], 0.99)).toBe(0);
  });

  test('is not 0 because none of few duplicates is separated', () => {
    const wider = Array.from({ length: 200 }, (_, i) => (i + 1) / 1000);
    const few = sufficientDistance(repeated(20, 0), wider, 0.99);
    expect(few).toBeGreaterThan(0.1);
    expect(few).toBeLessThan(0.2);
    expect(sufficientDistance(repeated(900, 0), wider, 0.99)).toBe(0);
  });

  test('finds the share among all rows in at least 9 of 10 samples, and no more than it must', () => {
    const uniform = randomSource(4);
    // A tenth of the duplicates is separated. The distances that they need are distributed exponentially.
    const need = (separated: number): number => (uniform() < separated ? -Math.log(uniform()) * 0.02 : 0);
    const missed = (distance: number): number => 0.1 * Math.exp(-distance / 0.02);
    let held = 0;
    let sum = 0;
    for (let trial = 0; trial < 600; trial++) {
      const distances = Array.from({ length: 150 }, () => need(0.1));
      const wider = Array.from({ length: 850 }, () => need(0.25));
      const distance = sufficientDistance(distances, wider, 0.99);
      if (missed(distance) <= 0.01) held++;
      sum += distance;
    }
    expect(held).toBeGreaterThanOrEqual(540);
    // A share of exactly 0.99 needs a distance of 0.046.
    expect(sum / 600).toBeLessThan(0.065);
  });
});
