import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { viewOf } from '../../src/rows/rowView.ts';
import { backends, openKernels } from './backends.ts';
import { searchAll, searchEarlier } from './calls.ts';
import { TOLERANCE, bestFaults, centroidScores, centroidsOf, earlierRows } from './naive.ts';
import { dims, embeddings, offsetsOf, spread } from './rows.ts';
import { caseCount } from '../support/cases.ts';

const RUNS = { numRuns: caseCount(12) };

const sizes = fc.array(fc.oneof(fc.nat(5), fc.integer({ min: 1, max: 260 })), { minLength: 1, maxLength: 5 });

describe.each(backends)('random rows on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  test('a search among earlier rows agrees with float64', async () => {
    const property = fc.asyncProperty(sizes, dims(2000), spread, async (sizes, dim, how) => {
      const offsets = offsetsOf(sizes);
      const rows = offsets[sizes.length];
      const values = embeddings({ ...how, rows, dim });
      const found = await searchEarlier(kernels, viewOf(values, dim), offsets);
      expect(bestFaults(found, values, values, dim, earlierRows(offsets))).toEqual([]);
    });
    await fc.assert(property, RUNS);
  });

  test('a search among all targets agrees with float64', async () => {
    const count = fc.integer({ min: 1, max: 300 });
    const property = fc.asyncProperty(count, count, dims(2000), spread, async (rows, columns, dim, how) => {
      const values = embeddings({ ...how, rows: rows + columns, dim });
      const [first, second] = [values.slice(0, rows * dim), values.slice(rows * dim)];
      const found = await searchAll(kernels, viewOf(first, dim), viewOf(second, dim));
      expect(bestFaults(found, first, second, dim, () => [0, columns])).toEqual([]);
    });
    await fc.assert(property, RUNS);
  });

  test('a search among centroids agrees with float64', async () => {
    const rows = fc.integer({ min: 1, max: 200 });
    const centroids = fc.integer({ min: 1, max: 200 });
    const property = fc.asyncProperty(rows, centroids, dims(2000), spread, async (rows, k, dim, how) => {
      const values = embeddings({ ...how, rows, dim });
      const centers = centroidsOf(embeddings({ ...how, rows: k, dim, seed: how.seed + 1 }), dim);
      const { index: label } = await searchAll(kernels, viewOf(values, dim), centers);
      const wrong = label.filter((c, row) => {
        const scores = centroidScores(values, row, centers);
        return !(scores[c] >= Math.max(...scores) - TOLERANCE);
      });
      expect(wrong).toHaveLength(0);
    });
    await fc.assert(property, RUNS);
  });
});
