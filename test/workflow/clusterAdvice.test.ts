import { expect, test } from 'vitest';
import { fewerClusters, work } from '../../src/cli/dedup/clusterAdvice.ts';

test.each([0, 1, 999, 100_000, 1_000_000, 3_000_000])('the default is left alone for %i rows', (rows) => {
  expect(fewerClusters(rows)).toBeUndefined();
});

test.each([4_000_000, 10_000_000, 50_000_000])(
  'fewer clusters take half the work or less for %i rows',
  (rows) => {
    const { clusters, share } = fewerClusters(rows)!;
    expect(clusters).toBeLessThan(rows / 1000);
    expect(share).toBeLessThanOrEqual(0.5);
    expect(share).toBeCloseTo(work(rows, clusters) / work(rows, rows / 1000), 10);
    // Near the best there is: neither half nor twice as many take less.
    for (const other of [clusters / 2, clusters * 2])
      expect(work(rows, other)).toBeGreaterThan(work(rows, clusters));
  },
);
