import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shader } from '../../../src/kernels/webgpu/device/shader.ts';

const file = (name: string): URL =>
  new URL(`../../../src/kernels/webgpu/search/best/${name}.wgsl`, import.meta.url);

test('blocks to unroll are written out, one in another too', () => {
  const code = shader(file('bestTile'), { counts: { LOADS: 2, ELEMENTS: 16 } });
  expect(code).not.toMatch(/\$|\/\/ (unroll|end)/);
  expect(code.match(/let a0 = /g)).toHaveLength(16);
  expect(code.match(/sum\d{3} = fma/g)).toHaveLength(16 * 16);
  expect(code.match(/next1\d = y/g)).toEqual(['next10 = y', 'next11 = y', 'next12 = y', 'next13 = y']);
});

test('a block becomes a loop where that is asked for', () => {
  const code = shader(file('bestTile'), { counts: { LOADS: 1, ELEMENTS: 16 }, loops: ['ELEMENTS'] });
  expect(code.match(/let a0 = .*/g)).toEqual(['let a0 = halves[slot(ty, K)];']);
  expect(code).toContain('for (var K = 0u; K < 16; K++) {');
});

test('a shader without such blocks is its header and what stands in its file', () => {
  const text = readFileSync(file('foldBest'), 'utf8');
  expect(shader(file('foldBest'))).toBe(text);
  expect(shader(file('foldBest'), { header: 'const A = u32(1);\n' })).toBe(`const A = u32(1);\n${text}`);
});
