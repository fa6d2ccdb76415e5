import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, float32Array, float64Array, int32Array, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { readArrays, writeArrays } from '../../src/output/arrayFile.ts';

const folder = mkdtempSync(join(tmpdir(), 'nearduck-arrays-'));
const path = join(folder, 'step.arrays');

test('arrays come back as they were, whatever their lengths', () => {
  const arrays = record({
    labels: int32Array(),
    scores: float32Array(),
    offsets: float64Array(),
  });
  assert(
    property(arrays, (values) => {
      writeArrays(path, values, 'id');
      expect(readArrays(path)).toEqual(values);
    }),
  );
  expect(readdirSync(folder)).toEqual(['step.arrays']);
});

test('a file that is not there, was cut off or changed has no arrays', () => {
  expect(readArrays(join(folder, 'other.arrays'))).toBeUndefined();
  writeArrays(path, { labels: Int32Array.of(1, 2, 3) }, 'id');
  const bytes = readFileSync(path);
  for (const end of [0, 5, bytes.length - 1]) {
    writeFileSync(path, bytes.subarray(0, end));
    expect(readArrays(path)).toBeUndefined();
  }
  for (const at of bytes.keys()) {
    // The zeros after the last array are checked too.
    writeFileSync(path, Buffer.from(bytes).fill(bytes[at] ^ 1, at, at + 1));
    expect(readArrays(path), `byte ${at}`).toBeUndefined();
  }
});
