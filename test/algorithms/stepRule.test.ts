import { describe, expect, test } from 'vitest';
import { StepRule, type CentroidStep } from '../../src/algorithms/stepRule.ts';

const ROWS = 1000;

/** The steps after iterations with these inertias and these numbers of rows that changed their cluster. */
function steps(
  tol: number,
  iterations: readonly [inertia: number, changed: number, repaired?: boolean][],
): CentroidStep[] {
  const pace = new StepRule(tol, ROWS);
  return iterations.map(([inertia, changed, repaired = false]) => pace.next(inertia, changed, repaired));
}

describe('the pace of k-means', () => {
  test('goes beyond the means while the inertia falls, and to them when it rises', () => {
    expect(
      steps(1e-4, [
        [100, ROWS],
        [80, 500],
        [70, 400],
        [71, 300],
        [65, 300],
        [60, 300],
      ]),
    ).toEqual(['means', 'beyond', 'beyond', 'means', 'beyond', 'beyond']);
  });

  test('stays at the means once these do not make a rise good', () => {
    expect(
      steps(1e-4, [
        [100, ROWS],
        [80, 500],
        [85, 400],
        [82, 300],
        [75, 300],
        [74, 300],
      ]),
    ).toEqual(['means', 'beyond', 'means', 'means', 'means', 'means']);
  });

  test.each([0, 1e-4, 1e-2])('ends at the means: tol %d', (tol) => {
    const end: [number, number][] = [
      [100, ROWS],
      [80, 500],
      // No row changed cluster, but the centroids are not the means.
      [81, 0],
      [79.9999999, 0],
    ];
    expect(steps(tol, end)).toEqual(['means', 'beyond', 'means', 'stop']);
  });

  test('ends early when few rows change cluster and the inertia hardly falls', () => {
    const before: [number, number][] = [
      [100, ROWS],
      [80, 500],
      [70, 400],
    ];
    expect(steps(1e-4, [...before, [69.95, 20]]).at(-1)).toBe('stop');
    expect(steps(1e-4, [...before, [69.95, 21]]).at(-1)).toBe('beyond');
    expect(steps(1e-4, [...before, [69.9, 20]]).at(-1)).toBe('beyond');
    expect(steps(0, [...before, [69.9999999, 1]]).at(-1)).toBe('beyond');
  });

  test('a large tolerance takes a fall for the end, however many rows change cluster', () => {
    expect(
      steps(0.5, [
        [100, ROWS],
        [80, 900],
      ]),
    ).toEqual(['means', 'stop']);
    expect(
      steps(0.01, [
        [100, ROWS],
        [80, 1],
      ]),
    ).toEqual(['means', 'beyond']);
  });

  test('never ends on an iteration that repaired a cluster', () => {
    expect(
      steps(1, [
        [100, ROWS],
        [100, 0, true],
        [100, 0],
      ]),
    ).toEqual(['means', 'means', 'stop']);
  });
});
