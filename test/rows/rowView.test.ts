import { tmpdir } from 'node:os';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compactRows } from '../../src/rows/compactRows.ts';
import { RowStore } from '../../src/rows/rowStore.ts';
import { copyView, pickRows, readRows, sliceView, viewOf, type RowView } from '../../src/rows/rowView.ts';

const DIM = 3;
const ROWS = 40;
/** Row r is (r, r + 0.25, r + 0.5). */
const values = Float32Array.from({ length: ROWS * DIM }, (_, i) => Math.floor(i / DIM) + (i % DIM) / 4);

function storeOf(memoryLimit: number): RowStore {
  const store = new RowStore(DIM, { memoryLimit, directory: tmpdir() });
  store.append(values, ROWS);
  store.finish();
  return store;
}

/** The numbers of a view's rows in the store, by their first values. */
function numbersOf(view: RowView): number[] {
  const target = new Float32Array(view.count * DIM);
  copyView(view, 0, view.count, target);
  return Array.from({ length: view.count }, (_, row) => target[row * DIM]);
}

const row = fc.nat(ROWS - 1);
const list = fc.option(fc.array(row, { maxLength: 30 }), { nil: undefined });
/** Slices and lists of rows, as shares of the rows present. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      to: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 20 }),
  ),
  { maxLength: 4 },
);

describe.each([
  ['in memory', Infinity],
  ['in the file', 0],
])('views of rows %s', (_, memoryLimit) => {
  test('are those rows, whatever is cut out and chosen', () => {
    const store = storeOf(memoryLimit);
    fc.assert(
      fc.property(list, steps, (listed, taken) => {
        let view = store.view(listed && Int32Array.from(listed));
        let expected = listed ?? Array.from({ length: ROWS }, (_, number) => number);
        for (const step of taken) {
          const at = (share: number): number => Math.floor(share * expected.length);
          if (Array.isArray(step)) {
            if (expected.length === 0) continue;
            const picked = step.map(at);
            view = pickRows(view, picked);
            expected = picked.map((number) => expected[number]);
          } else {
            const [from, to] = [at(step.from), at(step.to)].sort((a, b) => a - b);
            view = sliceView(view, from, to);
            expected = expected.slice(from, to);
          }
        }
        expect(view.count).toBe(expected.length);
        expect(numbersOf(view)).toEqual(expected);
        expect(!view.list || view.list.buffer instanceof SharedArrayBuffer).toBe(true);
      }),
    );
    store.close();
  });

  test('copied to a store of their own come one after another', () => {
    const source = storeOf(memoryLimit);
    const numbers = Int32Array.from({ length: 2500 }, (_, i) => (i * 7) % ROWS);
    for (const limit of [Infinity, 0]) {
      const target = compactRows(source.view(numbers), { memoryLimit: limit, directory: tmpdir() });
      expect(target.view().list).toBeUndefined();
      expect(numbersOf(target.view())).toEqual([...numbers]);
      target.close();
    }
    source.close();
  });
});

test('rows in memory of their own', () => {
  const view = viewOf(values, DIM);
  expect(view.count).toBe(ROWS);
  expect(readRows(view, [3, 0, 39])).toEqual(Float32Array.of(3, 3.25, 3.5, 0, 0.25, 0.5, 39, 39.25, 39.5));
  expect(viewOf(new Float32Array(0), DIM).count).toBe(0);
});

test('a list keeps its identity when threads share it already', () => {
  const store = storeOf(Infinity);
  const listed = store.view(Int32Array.of(2, 1)).list!;
  expect(store.view(listed).list).toBe(listed);
  expect(sliceView(store.view(listed), 1, 2).list).toBe(listed);
  store.close();
});
