import { readFileSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { file, Workbench } from './open.ts';

const bench = new Workbench();

const FILES = [
  'dictionaries.arrows',
  'polars.arrow',
  'types.arrow',
  'types_legacy.arrows',
  'types_lz4.feather',
  'types_zstd.arrow',
].map((name) => readFileSync(file(name)));

/** Words that break loops and allocations that believe them. */
const WORDS = [0, 1, -1, 7, 255, 65_535, 1_000_000, 0x7fff_ffff, -0x8000_0000, 0x1000_0000];

const change = fc.oneof(
  fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ at: fc.nat(), word: fc.constantFrom(...WORDS) }),
  fc.record({ at: fc.nat(), high: fc.constantFrom(...WORDS), word: fc.constantFrom(...WORDS) }),
);

function mutate(
  original: Buffer,
  changes: readonly { at: number; byte?: number; word?: number; high?: number }[],
) {
  const bytes = Buffer.from(original);
  for (const { at, byte, word, high } of changes) {
    const place = at % bytes.length;
    if (byte !== undefined) bytes[place] = byte;
    // Words lie at multiples of four.
    const aligned = Math.min(place - (place % 4), bytes.length - 8);
    if (word !== undefined) bytes.writeInt32LE(word, aligned);
    if (high !== undefined) bytes.writeInt32LE(high, aligned + 4);
  }
  return bytes;
}

test(
  'files with a few wrong bytes are read, or an error, in little time and memory',
  { timeout: 120_000 },
  async () => {
    const path = bench.path('mutated.arrow');
    const read = async (): Promise<string> => {
      try {
        await bench.rows(`SELECT count(*), bit_xor(hash(COLUMNS(*)::VARCHAR)) FROM read_arrow('${path}')`);
        return 'read';
      } catch (error) {
        return (error as Error).message;
      }
    };
    let reads = 0;
    let errors = 0;
    const before = process.resourceUsage().maxRSS;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(FILES.length - 1),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (number, changes, cut) => {
          const mutated = mutate(FILES[number], changes);
          writeFileSync(path, cut > 0.95 ? mutated.subarray(0, Math.floor(cut * mutated.length)) : mutated);
          const outcome = await read();
          if (outcome === 'read') reads++;
          else errors++;
          // DuckDB's own words for text that is no UTF-8, and for dates and numbers out of range.
          expect(outcome).toMatch(/^(?:read$|(?:Binder|Invalid Input|IO|Conversion) Error: )/);
          // What apache-arrow calls a type with a unit or size that there is not.
          const ours = outcome.replace(/\(Unrecognized type: .*\)|has the Arrow type .*, which/, '');
          expect(ours).not.toMatch(/undefined|NaN|Cannot read|is not a function|RangeError|TypeError/);
        },
      ),
      { numRuns: process.env['NEARDUCK_FUZZ'] ? 20_000 : 500 },
    );
    expect(reads).toBeGreaterThan(100);
    expect(errors).toBeGreaterThan(100);
    // In KiB.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(300 * 1024);
  },
);
