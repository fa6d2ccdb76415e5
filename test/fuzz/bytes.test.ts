import { writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { tableFunctions } from '../../src/functions/catalogue.ts';
import { Workbench } from '../arrow/open.ts';
import { caseCount } from '../support/cases.ts';
import { errorFault } from './properErrors.ts';
import { samples } from './samples.ts';

const bench = new Workbench();

/** Words that break unchecked loops and allocations. */
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
    // Words start at multiples of four.
    const aligned = Math.min(place - (place % 4), bytes.length - 8);
    if (word !== undefined) bytes.writeInt32LE(word, aligned);
    if (high !== undefined) bytes.writeInt32LE(high, aligned + 4);
  }
  return bytes;
}

/** The functions that read files. A new one in the catalogue needs samples. */
const readers = tableFunctions.filter(({ positional }) => positional[0].name === 'path');

test('every reader has files to damage', () => {
  expect(readers.map(({ name }) => name)).toContain('read_arrow');
  for (const { name } of readers) expect(samples[name], `samples of ${name}`).toBeDefined();
});

test.each(readers.map(({ name }) => name))(
  '%s: files with a few wrong bytes are read, or an error, in little time and memory',
  { timeout: 0 },
  async (reader) => {
    const files = samples[reader];
    const read = async (name: string): Promise<string> => {
      try {
        await bench.rows(
          `SELECT count(*), bit_xor(hash(COLUMNS(*)::VARCHAR)) FROM ${reader}('${bench.path(`mutated_${name}`)}')`,
        );
        return 'read';
      } catch (error) {
        return (error as Error).message;
      }
    };
    const runs = caseCount(1000);
    let reads = 0;
    const before = process.resourceUsage().maxRSS;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(files.length - 1),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (number, changes, cut) => {
          const { name, bytes } = files[number];
          const mutated = mutate(bytes, changes);
          const length = cut > 0.95 ? Math.floor(cut * mutated.length) : mutated.length;
          writeFileSync(bench.path(`mutated_${name}`), mutated.subarray(0, length));
          const outcome = await read(name);
          if (outcome === 'read') reads++;
          // The name that apache-arrow gives to a type with an invalid unit or size.
          const ours = outcome.replace(/\(Unrecognized type: .*\)|has the Arrow type .*, which/, '');
          expect(outcome === 'read' ? undefined : errorFault(ours, '')).toBeUndefined();
        },
      ),
      { numRuns: runs },
    );
    expect(reads).toBeGreaterThan(runs / 10);
    expect(runs - reads).toBeGreaterThan(runs / 10);
    // In KiB.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(300 * 1024);
  },
);
