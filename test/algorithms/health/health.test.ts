import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { twoHalves } from '../../../src/algorithms/health/halves.ts';
import { HashSample } from '../../../src/algorithms/health/hashSample.ts';
import { HealthScan } from '../../../src/algorithms/health/healthScan.ts';
import { epsOfClosest, quantile, samplePairs } from '../../../src/algorithms/health/samplePairs.ts';
import { randomSource } from '../../../src/algorithms/random.ts';

const rowsOf = (dim: number) =>
  fc.array(fc.array(fc.constantFrom(0, 1, -1, 0.5, 3), { minLength: dim, maxLength: dim }), {
    minLength: 1,
    maxLength: 30,
  });

test('a scan finds what a look at all rows finds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }).chain(rowsOf), (rows) => {
      const scan = new HealthScan(rows[0].length, 5);
      const contentOf = (row: readonly number[]): bigint =>
        BigInt(row.reduce((sum, x) => sum * 10 + 2 * x + 2, 0));
      const taken = rows.map((row, i) =>
        scan.take(Float64Array.from(row), BigInt((i * 7) % 31), contentOf(row)),
      );
      const valid = rows.filter((row) => row.some((x) => x !== 0));
      expect(taken).toEqual(rows.map((row) => (row.some((x) => x !== 0) ? 'ok' : 'zero')));
      const totals = scan.finish();
      expect(totals.rows).toBe(valid.length);
      if (valid.length === 0) return;
      const norms = valid.map((row) => Math.hypot(...row));
      const counts = new Map<string, number>();
      for (const row of valid) counts.set(row.join(), (counts.get(row.join()) ?? 0) + 1);
      expect(totals.copies).toEqual({
        rows: valid.length - counts.size,
        largest: Math.max(...counts.values()),
      });
      expect([...totals.minValues]).toEqual(rows[0].map((_, d) => Math.min(...valid.map((row) => row[d]))));
      expect([...totals.maxValues]).toEqual(rows[0].map((_, d) => Math.max(...valid.map((row) => row[d]))));
      expect(totals.norms.least).toBeCloseTo(Math.min(...norms), 12);
      expect(totals.norms.largest).toBeCloseTo(Math.max(...norms), 12);
      expect(totals.norms.unit).toBe(norms.filter((norm) => Math.abs(norm - 1) <= 2e-3).length);
      for (const { values } of totals.sample) expect(Math.hypot(...values)).toBeCloseTo(1, 6);
    }),
  );
});

test('a sample has the lowest hashes, in whatever order rows come', () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: 0n, max: 99n })),
      fc.integer({ min: 1, max: 6 }),
      (hashes, size) => {
        const sample = new HashSample(size);
        for (const hash of hashes) sample.add(Float32Array.of(2), 2, hash, hash);
        const lowest = hashes.toSorted((a, b) => Number(a - b)).slice(0, size);
        expect(sample.finish().map(({ hash }) => hash)).toEqual(lowest);
      },
    ),
  );
});

test('pairs, their quantiles and the eps of the closest', async () => {
  const unit = (angle: number): Float32Array => Float32Array.of(Math.cos(angle), Math.sin(angle));
  const { cosines } = await samplePairs([unit(0), unit(0.1), unit(1)], () => {});
  const expected = [0.1, 1, 0.9].map((angle) => Math.cos(angle));
  cosines.forEach((cosine, i) => expect(cosine).toBeCloseTo(expected[i], 6));
  const sorted = Float32Array.of(0.1, 0.2, 0.3, 0.9);
  expect([0, 0.25, 0.26, 0.5, 1].map((q) => quantile(sorted, q))).toEqual(
    [0.1, 0.1, 0.2, 0.2, 0.9].map(Math.fround),
  );
  expect([0.001, 0.25, 0.5, 1].map((share) => epsOfClosest(sorted, share))).toEqual(
    [0.9, 0.9, 0.3, 0.1].map((score) => 1 - Math.fround(score)),
  );
});

test('two halves are two models, not two topics nor one cloud', async () => {
  const random = randomSource(1);
  /** Rows of 16 elements around a direction. `spread` is the size of the deviations. */
  const cloud = (count: number, direction: number, spread: number): Float32Array[] =>
    Array.from({ length: count }, () => {
      const row = Float32Array.from(
        { length: 16 },
        (_, d) => (d === direction ? 1 : 0) + spread * (random() - 0.5),
      );
      const norm = Math.hypot(...row);
      return row.map((x) => x / norm);
    });
  const halves = async (rows: Float32Array[]) => twoHalves(rows, await samplePairs(rows, () => {}));
  const models = await halves([...cloud(60, 0, 0.5), ...cloud(40, 1, 0.5)]);
  expect(models!.share).toBe(0.4);
  expect(models!.inside).toBeGreaterThan(0.7);
  expect(models!.across).toBeLessThan(0.2);
  expect(await halves([...cloud(60, 0, 2), ...cloud(40, 1, 2)])).toBeUndefined();
  expect(await halves(cloud(100, 0, 1))).toBeUndefined();
  expect(await halves([...cloud(98, 0, 0.5), ...cloud(2, 1, 0.5)])).toBeUndefined();
});
