import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Normalizer, STATUS } from '../../src/relation/normalizer.ts';
import { allocateShared, partOf, type SharedFloats } from '../../src/rows/sharedFloats.ts';

interface Normalized {
  readonly values: readonly number[];
  readonly hashes: readonly number[];
  readonly status: readonly number[];
}

/** Normalises rows of `dim` values; `segments` makes the places for them. */
function normalized(
  input: Float32Array | Float64Array,
  dim: number,
  segments: (length: number) => SharedFloats[],
  keepUnit = false,
): Normalized {
  const count = input.length / dim;
  const into = {
    segments: segments(input.length),
    hashes: new Float64Array(count),
    status: new Uint8Array(count),
  };
  const starts = Float64Array.from({ length: count }, (_, i) => i * dim);
  const bytes = new Uint8Array(input.slice().buffer);
  const elementBytes = input instanceof Float32Array ? 4 : 8;
  new Normalizer().run({ bytes, elementBytes, dim, starts, keepUnit }, into);
  return {
    values: into.segments.flatMap(({ values }) => [...values]),
    hashes: [...into.hashes],
    status: [...into.status],
  };
}

const inPlace = (length: number): SharedFloats[] => [partOf(allocateShared(length + 8), 8, length)];
const aside = (length: number): SharedFloats[] => [{ values: new Float32Array(length) }];

/** The row in float64, scaled so that its squares stay in range. */
function exact(row: Float32Array): number[] {
  const largest = row.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const norm = Math.sqrt(row.reduce((sum, value) => sum + (value / largest) ** 2, 0));
  return Array.from(row, (value) => value / largest / norm);
}

const rows = fc
  .record({ dim: fc.integer({ min: 1, max: 70 }), count: fc.integer({ min: 1, max: 9 }) })
  .chain(({ dim, count }) =>
    fc.record({
      dim: fc.constant(dim),
      exponent: fc.integer({ min: -40, max: 37 }),
      units: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
        minLength: dim * count,
        maxLength: dim * count,
      }),
    }),
  );

describe('rows made unit length', () => {
  test('are those of float64 to 2e-7, whatever their size', () => {
    fc.assert(
      fc.property(rows, ({ dim, exponent, units }) => {
        const input = Float32Array.from(units, (unit) => unit * 10 ** exponent);
        const { values, status } = normalized(input, dim, inPlace);
        const given = status.map((_, row) => input.subarray(row * dim, (row + 1) * dim));
        const zero = given.map((row) => row.every((value) => value === 0));
        expect(status).toEqual(zero.map((is) => (is ? STATUS.zero : STATUS.ok)));
        const wanted = given.flatMap((row, r) => (zero[r] ? [...row] : exact(row)));
        expect(values.filter((value, i) => Math.abs(value - wanted[i]) > 2e-7)).toEqual([]);
      }),
    );
  });

  test.each([
    ['FLOAT', Float32Array],
    ['DOUBLE', Float64Array],
  ] as const)('stay as they are when they are kept and read again: %s', (_, Values) => {
    fc.assert(
      fc.property(rows, ({ dim, exponent, units }) => {
        const input = Values.from(units.map((unit) => unit * 10 ** exponent));
        const once = normalized(input, dim, inPlace);
        expect(normalized(Float32Array.from(once.values), dim, inPlace, true)).toEqual(once);
      }),
    );
  });

  test('are the same where they stay and aside, in one place or two, hashes too', () => {
    fc.assert(
      fc.property(rows, ({ dim, units }) => {
        const input = Float32Array.from(units);
        const expected = normalized(input, dim, inPlace);
        expect(normalized(input, dim, aside)).toEqual(expected);
        const first = dim * Math.floor(input.length / dim / 2);
        const split = (length: number): SharedFloats[] => [...inPlace(first), ...aside(length - first)];
        expect(normalized(input, dim, split)).toEqual(expected);
      }),
    );
  });

  test('hash alike when they are equal, −0 as 0, and differ when an element does', () => {
    const dim = 35;
    const row = Array.from({ length: dim }, (_, i) => (i % 5 === 0 ? 0 : Math.sin(i + 1)));
    const negative = row.map((value) => (value === 0 ? -0 : value));
    const twice = row.map((value) => value * 2);
    const others = row.map((_, changed) => row.map((value, i) => (i === changed ? value + 0.25 : value)));
    // The norm stays the same: only the signs of two elements change, 16 apart.
    const flipped = row.map((value, i) => (i === 2 || i === 18 ? -value : value));
    const input = Float32Array.from([row, negative, twice, flipped, ...others].flat());
    const { hashes } = normalized(input, dim, inPlace);
    expect(hashes.slice(0, 3)).toEqual([hashes[0], hashes[0], hashes[0]]);
    expect(new Set(hashes).size).toBe(1 + 1 + dim);
  });

  test.each([
    ['FLOAT', Float32Array, inPlace],
    ['FLOAT, aside', Float32Array, aside],
    ['DOUBLE', Float64Array, inPlace],
  ] as const)('that are unusable are told apart: %s', (_, Values, segments) => {
    const input = Values.from([3, 4, 0, 0, NaN, 1, 1, Infinity, -Infinity, 0, 4, -3]);
    const { status, values } = normalized(input, 2, segments);
    const { ok, zero, notFinite } = STATUS;
    expect(status).toEqual([ok, zero, notFinite, notFinite, notFinite, ok]);
    expect(values.slice(0, 2)).toEqual([...Float32Array.of(0.6, 0.8)]);
    expect(values.slice(10)).toEqual([...Float32Array.of(0.8, -0.6)]);
  });

  test('DOUBLE of any size', () => {
    const { values, status } = normalized(Float64Array.of(3e300, 4e300, -3e-310, 4e-310), 2, inPlace);
    expect(status).toEqual([STATUS.ok, STATUS.ok]);
    expect(values.map((value) => Math.round(value * 1e6) / 1e6)).toEqual([0.6, 0.8, -0.6, 0.8]);
  });
});
