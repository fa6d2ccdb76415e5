import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { RowIntake } from '../../src/relation/intake.ts';
import { RowStore } from '../../src/rows/rowStore.ts';
import { InvalidRows } from '../../src/relation/invalidRows.ts';
import { randomSource } from '../../src/algorithms/random.ts';

const dim = 37;
const random = randomSource(3);

/** Batches of rows: row 5 of each is zero, row 9 has a NaN, the last one an infinity. */
const batches = [1, 30, 11, 400, 7, 900].map((count) => {
  const values = Float32Array.from({ length: count * dim }, () => random() * 4 - 2);
  if (count > 5) values.fill(0, 5 * dim, 6 * dim);
  if (count > 9) values[9 * dim + 3] = NaN;
  if (count > 12) values[(count - 1) * dim] = -Infinity;
  return values;
});
const total = batches.reduce((rows, values) => rows + values.length / dim, 0);

interface Taken {
  /** Values by row number. */
  readonly rows: ReadonlyMap<number, readonly number[]>;
  readonly hashes: ReadonlyMap<number, number>;
  readonly invalid: readonly string[];
}

interface Given {
  readonly memoryLimit: number;
  readonly threadBytes: number;
  readonly elementBytes?: 4 | 8;
  /** Number of rows already in the store. */
  readonly before?: number;
}

async function taken({ memoryLimit, threadBytes, elementBytes = 4, before = 0 }: Given): Promise<Taken> {
  const invalid = new InvalidRows();
  const store = { memoryLimit, directory: tmpdir() };
  const into = before > 0 ? new RowStore(dim, store) : undefined;
  const known = Float32Array.from({ length: before * dim }, (_, i) => i);
  into?.append(known, before, new Float64Array(before).fill(0.5));
  into?.finish();
  const intake = new RowIntake(invalid, { store, into, keep: () => true, threadBytes });
  let first = 0;
  for (const values of batches) {
    const typed = elementBytes === 4 ? values.slice() : Float64Array.from(values);
    const count = values.length / dim;
    const starts = Float64Array.from({ length: count }, (_, i) => i * dim);
    const bytes = new Uint8Array(typed.buffer);
    intake.take(
      { bytes, elementBytes, dim, starts },
      Int32Array.from(starts, (_, i) => first + i),
    );
    first += count;
  }
  const { store: kept, valid } = await intake.finish();
  invalid.sort();
  const row = new Float32Array(dim);
  const rows = new Map<number, number[]>();
  const hashes = new Map<number, number>();
  valid.forEach((number, place) => {
    kept!.copy(before + place, before + place + 1, row);
    rows.set(number, [...row]);
    hashes.set(number, kept!.hash(before + place));
  });
  expect(kept!.rows).toBe(before + valid.length);
  await intake.close();
  // The earlier rows stay, even when the new ones are removed.
  const values = new Float32Array(before * dim);
  into?.copy(0, before, values);
  expect([into?.rows ?? 0, values]).toEqual([before, known]);
  into?.close();
  return { rows, hashes, invalid: invalid.rows.map((number, i) => `${number} ${invalid.reasons[i]}`) };
}

describe('rows taken in', () => {
  const plain = taken({ memoryLimit: Infinity, threadBytes: Infinity });

  test('are of unit length, without the invalid ones', async () => {
    const { rows, invalid } = await plain;
    expect(rows.size).toBe(total - invalid.length);
    expect(invalid).toContain('6 zero norm');
    expect(invalid).toContain('10 NaN or infinite element');
    expect(invalid).toContain(`${total - 1} NaN or infinite element`);
    const norms = [...rows.values()].map((row) => Math.hypot(...row));
    expect(norms.filter((norm) => Math.abs(norm - 1) > 1e-6)).toEqual([]);
  });

  const block = 65_536 * dim * 4;
  test.each([
    ['by threads', Infinity, 0],
    ['by threads from the third batch on', Infinity, 40 * dim * 4],
    ['in the file', 0, Infinity],
    ['in the file, threads asked for', 0, 0],
    ['in one block', block, 0],
  ])('%s are the same', async (_, memoryLimit, threadBytes) => {
    expect(await taken({ memoryLimit, threadBytes })).toEqual(await plain);
    expect(await taken({ memoryLimit, threadBytes, before: 100 })).toEqual(await plain);
  });

  test.each([Infinity, 0])('from DOUBLE (threads after %d bytes)', async (threadBytes) => {
    const { rows, invalid } = await taken({ memoryLimit: Infinity, threadBytes, elementBytes: 8 });
    expect(invalid).toEqual((await plain).invalid);
    const far = [...(await plain).rows].filter(([number, row]) =>
      row.some((value, i) => Math.abs(value - rows.get(number)![i]) > 1e-6),
    );
    expect(far).toEqual([]);
  });

  test('are only checked without a store', async () => {
    const invalid = new InvalidRows();
    const intake = new RowIntake(invalid, { keep: () => true, threadBytes: 0 });
    const bytes = new Uint8Array(batches[1].slice().buffer);
    const starts = Float64Array.from({ length: 30 }, (_, i) => i * dim);
    intake.take(
      { bytes, elementBytes: 4, dim, starts },
      Int32Array.from(starts, (_, i) => i),
    );
    const { store, valid } = await intake.finish();
    expect([store, valid.length, invalid.count]).toEqual([undefined, 27, 3]);
  });
});
