import { array, assert, integer, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { isPlan, planOf, rangesText } from '../../src/run/plan.ts';

const filesOf = (sizes: readonly number[]) => sizes.map((bytes, i) => ({ path: `${i}.parquet`, bytes }));

test('a run is cut into one fit, tasks over files and over buckets, and one finish', () => {
  expect(planOf({ files: filesOf([10, 10, 10, 10, 30]), tasks: 3, clusters: 100 })).toEqual({
    steps: [
      { name: 'fit', tasks: 1 },
      { name: 'assign', tasks: 3 },
      { name: 'pairwise', tasks: 3 },
      { name: 'finish', tasks: 1 },
    ],
    fileGroups: [[0, 1], [2, 3], [4]],
    earlierGroups: [],
    buckets: 3,
  });
  expect(planOf({ files: filesOf([5]), tasks: 4, clusters: 2 })).toMatchObject({
    fileGroups: [[0]],
    buckets: 2,
  });
  expect(planOf({ files: filesOf([5, 0]), tasks: 4 })).toMatchObject({ fileGroups: [[0], [1]], buckets: 4 });
});

test('earlier rows have tasks of their own in assign; a statement has one', () => {
  const planned = planOf({ files: filesOf([1, 1, 1]), earlier: filesOf([5, 5]), tasks: 2 });
  expect(planned).toMatchObject({ fileGroups: [[0], [1, 2]], earlierGroups: [[0], [1]] });
  expect(planned.steps[1]).toEqual({ name: 'assign', tasks: 4 });
  expect(planOf({ files: filesOf([1]), earlier: [], tasks: 3 }).earlierGroups).toEqual([[]]);
});

test('what is no plan over the files of a run is told from one', () => {
  const plan = planOf({ files: filesOf([1, 1, 1]), earlier: filesOf([5]), tasks: 2 });
  expect(isPlan(JSON.parse(JSON.stringify(plan)), 3, 1)).toBe(true);
  for (const value of [
    undefined,
    null,
    [],
    {},
    { ...plan, buckets: 0 },
    { ...plan, fileGroups: [] },
    { ...plan, fileGroups: [[0], [1, 3]] },
    { ...plan, earlierGroups: [[-1]] },
    { ...plan, steps: plan.steps.slice(1) },
    { ...plan, steps: plan.steps.map((step) => ({ ...step, name: `${step.name}; x` })) },
    { ...plan, steps: plan.steps.map((step) => ({ ...step, tasks: 1e9 })) },
  ])
    expect(isPlan(value, 3, 1), JSON.stringify(value)).toBe(false);
});

test('every file is in one group, groups are neighbours and none is empty', () => {
  assert(
    property(
      array(nat(1000), { minLength: 1, maxLength: 40 }),
      integer({ min: 1, max: 50 }),
      (sizes, tasks) => {
        const { fileGroups } = planOf({ files: filesOf(sizes), tasks });
        expect(fileGroups.flat()).toEqual(sizes.map((_, i) => i));
        expect(fileGroups.length).toBe(Math.min(tasks, sizes.length));
        expect(fileGroups.every(({ length }) => length > 0)).toBe(true);
        // No group exceeds its share by more than one file.
        const total = sizes.reduce((a, b) => a + b, 0);
        const most = total / fileGroups.length + 2 * Math.max(...sizes);
        const sizesOf = fileGroups
          .filter((group) => group.length > 1)
          .map((group) => group.reduce((sum, i) => sum + sizes[i], 0));
        expect(Math.max(0, ...sizesOf)).toBeLessThanOrEqual(most);
      },
    ),
  );
});

test.each<[number[], string]>([
  [[], ''],
  [[3], '3'],
  [[0, 1, 2, 7, 9, 10], '0-2,7,9-10'],
  [[2, 0, 1], '0-2'],
])('numbers as arrays take them: %j', (numbers, text) => {
  expect(rangesText(numbers)).toBe(text);
});
