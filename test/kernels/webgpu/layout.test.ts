import { expect, test } from 'vitest';
import { constants, Layout, StructList } from '../../../src/kernels/webgpu/device/layout.ts';

const Pair = new Layout('Pair', { first: 'u32', second: 'u32' });

test('a struct is declared with its fields in order', () => {
  const mixed = new Layout('Mixed', { score: 'f32', index: 'u32' });
  expect(mixed.wgsl).toBe('struct Mixed {\n  score: f32,\n  index: u32,\n}\n');
  expect([mixed.words, mixed.bytes]).toEqual([2, 8]);
});

test('fields are written in that order, whatever the order of the values', () => {
  expect([...Pair.pack({ second: 2, first: 1 })]).toEqual([1, 2]);
  expect(Pair.read(Uint32Array.of(1, 2, 3, 4), 1)).toEqual({ first: 3, second: 4 });
});

test('a list grows past what was expected', () => {
  const list = new StructList(Pair, 1);
  for (let i = 0; i < 5; i++) list.push({ first: i, second: 10 * i });
  expect(list.count).toBe(5);
  expect([...list.taken]).toEqual([0, 0, 1, 10, 2, 20, 3, 30, 4, 40]);
});

test('constants say their type', () => {
  expect(constants('u32', { A: 1, B: 2 ** 31 })).toBe('const A = u32(1);\nconst B = u32(2147483648);\n');
});
