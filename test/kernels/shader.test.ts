import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shader } from '../../src/kernels/webgpu/shader.ts';

test('blocks to unroll are written out, one in another too', () => {
  const code = shader('bestTile', { LOADS: 2, ELEMENTS: 16 });
  expect(code).not.toMatch(/\$|\/\/ (unroll|end)/);
  expect(code.match(/let a0 = /g)).toHaveLength(16);
  expect(code.match(/stretch\d{3} = fma/g)).toHaveLength(16 * 16);
  expect(code.match(/next1\d = y/g)).toEqual(['next10 = y', 'next11 = y', 'next12 = y', 'next13 = y']);
});

test('a block becomes a loop where that is asked for', () => {
  const code = shader('bestTile', { LOADS: 1, ELEMENTS: 16 }, ['ELEMENTS']);
  expect(code.match(/let a0 = .*/g)).toEqual(['let a0 = tiles[slot(ty, K)];']);
  expect(code).toContain('for (var K = 0u; K < 16; K++) {');
});

test('a shader without such blocks is as it stands in its file', () => {
  const file = new URL('../../src/kernels/webgpu/foldBest.wgsl', import.meta.url);
  expect(shader('foldBest')).toBe(readFileSync(file, 'utf8'));
});
