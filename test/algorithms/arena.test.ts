import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Arena } from '../../src/simd/arena.ts';
import { caseCount } from '../support/cases.ts';

const PAGE = 65_536;
const BASE = 1000;

const makeArena = (pages = 1): { arena: Arena; memory: WebAssembly.Memory } => {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65_536 });
  return { arena: new Arena(memory, BASE), memory };
};

/** Blocks have a multiple of 64 bytes, at least 64. */
const occupied = (bytes: number): number => Math.ceil(Math.max(bytes, 1) / 64) * 64;

/** Lists the faults in the positions of blocks, given as size per address. */
function faults(live: ReadonlyMap<number, number>, memory: WebAssembly.Memory): string[] {
  const blocks = [...live].sort(([a], [b]) => a - b);
  return blocks.flatMap(([address, bytes], i) => {
    const end = blocks[i + 1]?.[0] ?? memory.buffer.byteLength;
    const right = address % 64 === 0 && address >= BASE && address + occupied(bytes) <= end;
    return right ? [] : [`${bytes} bytes at ${address}, up to ${end}`];
  });
}

describe('Arena', () => {
  test('blocks are aligned, inside the memory and do not overlap; freed bytes are used again', () => {
    const step = fc.record({
      bytes: fc.integer({ min: 0, max: 3 * PAGE }),
      free: fc.boolean(),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { arena, memory } = makeArena();
        const live = new Map<number, number>();
        for (const { bytes, free, pick } of steps) {
          if (free && live.size > 0) {
            const address = [...live.keys()][pick % live.size];
            arena.free(address);
            live.delete(address);
          } else {
            live.set(arena.allocate(bytes), bytes);
          }
          expect(faults(live, memory)).toEqual([]);
          expect(arena.used).toBe([...live.values()].reduce((sum, size) => sum + occupied(size), 0));
        }
        for (const address of live.keys()) arena.free(address);
        expect(arena.used).toBe(0);
        // All holes were merged, so a block as large as the memory does not grow it.
        const { byteLength } = memory.buffer;
        arena.allocate(byteLength - Math.ceil(BASE / 64) * 64);
        expect(memory.buffer.byteLength).toBe(byteLength);
      }),
      { numRuns: caseCount(60) },
    );
  });

  test('grows by what is missing', () => {
    const { arena, memory } = makeArena();
    const first = arena.allocate(10 * PAGE);
    expect(memory.buffer.byteLength).toBe(11 * PAGE);
    arena.free(first);
    expect(arena.allocate(10 * PAGE)).toBe(first);
    expect(memory.buffer.byteLength).toBe(11 * PAGE);
  });

  test('grows by a quarter at least', () => {
    const { arena, memory } = makeArena(100);
    arena.allocate(100 * PAGE);
    expect(memory.buffer.byteLength).toBe(125 * PAGE);
    arena.allocate(200 * PAGE);
    expect(memory.buffer.byteLength).toBe(301 * PAGE);
  });

  test('freeing what is not allocated does nothing', () => {
    const { arena } = makeArena();
    const address = arena.allocate(100);
    arena.free(address);
    arena.free(address);
    arena.free(12_345);
    expect(arena.used).toBe(0);
    expect(arena.allocate(100)).toBe(address);
  });

  test('says what does not fit', () => {
    const { arena, memory } = makeArena();
    expect(() => arena.allocate(2 ** 33)).toThrow(
      'Out of Memory Error: cpu kernels: 8589934592 bytes do not fit in the 4 GiB of WebAssembly memory',
    );
    expect(arena.used).toBe(0);
    expect(memory.buffer.byteLength).toBe(PAGE);
  });
});
