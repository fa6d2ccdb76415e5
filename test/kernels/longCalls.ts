import type { Kernels, Work } from '../../src/kernels/kernels.ts';
import { everything } from '../../src/kernels/pairs.ts';
import type { RowView } from '../../src/rows/rowView.ts';
import { freshLloydStep, searchAll, searchEarlier } from './calls.ts';
import { centroidsOf } from './naive.ts';
import { embeddings, offsetsOf } from './rows.ts';

export const dim = 64;
export const large = embeddings({ rows: 6000, dim, topics: 30 });
const centroids = centroidsOf(embeddings({ rows: 2000, dim, topics: 40, seed: 3 }), dim);

/** Calls that take long: one cluster, one assignment, one iteration. */
export const CALLS: Record<string, (kernels: Kernels, rows: RowView, how: Work) => Promise<unknown>> = {
  'a search among earlier rows': (kernels, rows, how) =>
    searchEarlier(kernels, rows, offsetsOf([rows.count]), how),
  'a search among all targets': (kernels, rows, how) => searchAll(kernels, rows, rows, how),
  'a search for the best ten': (kernels, rows, how) =>
    kernels.search(rows, rows, everything(rows.count, rows.count), { kind: 'top', k: 10 }, how),
  'a search for all above a score': (kernels, rows, how) =>
    kernels.search(rows, rows, everything(rows.count, rows.count), { kind: 'above', score: 0.9 }, how),
  'a search among centroids': (kernels, rows, how) => searchAll(kernels, rows, centroids, how),
  'a Lloyd iteration': (kernels, rows, how) => freshLloydStep(kernels, rows, centroids, how),
};
export const calls = Object.keys(CALLS);
