import * as fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { parseDedup } from '../../src/cli/dedup/options.ts';
import { options, UsageError, parseArguments } from '../../src/cli/options/options.ts';
import { caseCount } from '../support/cases.ts';

afterEach(() => void vi.restoreAllMocks());

const names = options.map(({ name }) => name);
const VALUES = [
  '', ' ', '-', '--', '-1', '0', '1', '1.5', 'NaN', 'Infinity', '1e400', '0x10', '1_000', '٣', '9007199254740993', 'null', 'true', 'on',
  'x', 'in.parquet', './-x', '*', '[', '..', '/', 's3://', 's3://b/k', 'file://', 'file:///', 'file:///a%2Fb', 'FILE:///x', '\0', '\n', '\u001b[31m', 'é€𝄞', '\ud800', 'no\ufffdutf8', "'", '"', ';', 'x=1', '=', 'a=',
  '4GB', '-4GB', '4 apples', '1e9999GB', 'cpu', 'CPU', 'hard', 'constructor', '__proto__', 'toString',
]; // prettier-ignore
const value = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...VALUES) }, fc.string({ maxLength: 8 }));
const shellWord = fc.oneof(
  fc.constantFrom(...names).chain((name) => fc.constantFrom(`-${name}`, `--${name}`, `-${name}=1`, `-${name.toUpperCase()}`)),
  value,
); // prettier-ignore

/** The number of actions of a command line, or its error. */
function parse(words: readonly string[]): { readonly actions: number; readonly error?: string } {
  try {
    return { actions: parseArguments(words).actions.length };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { actions: 0, error: error.message };
  }
}

test('any command line of the shell is understood, or is wrong in words that say how', () => {
  fc.assert(
    fc.property(fc.array(shellWord, { maxLength: 8 }), (words) => {
      const { actions, error } = parse(words);
      expect(error ?? 'Error: none').toMatch(/^(?:Error|Unknown Option Error|Missing Argument Error): \S/);
      // Every word is an option, its value, the database or SQL.
      expect(actions).toBeLessThanOrEqual(words.length);
      expect({}).not.toHaveProperty('polluted');
    }),
    { numRuns: caseCount(2500) },
  );
});

const DEDUP = [
  '--output', '--clusters', '--overlap', '--memberships', '--recall', '--eps', '--keep', '--rank-by', '--id', '--embedding', '--metadata', '--backend',
  '--seed', '--memory-limit', '--threads', '--on-invalid', '--with-embeddings', '--overwrite', '--nope', '--help', '-h', '--eps=0.1', '--eps=', '-e', '--no-overwrite',
]; // prettier-ignore

test('any command line of dedup is understood, or is wrong in words that say how', () => {
  let printed = '';
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
  let understood = 0;
  const words = fc.oneof(
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...DEDUP), value).map((pair) => pair) },
    { weight: 1, arbitrary: fc.constantFrom(...DEDUP).map((word) => [word]) },
    { weight: 1, arbitrary: value.map((word) => [word]) },
  );
  fc.assert(
    fc.property(value, fc.array(words, { maxLength: 4 }), (input, rest) => {
      printed = '';
      const given = [input, ...rest.flat()];
      const parsed = parseDedup(given);
      const isWrong = typeof parsed === 'number' && parsed !== 0;
      expect(isWrong ? printed : 'error: none').toMatch(/^error: \S/);
      if (typeof parsed === 'number') return;
      understood++;
      const { clusters, eps, seed, threads, recall, overlap } = parsed;
      expect(`${parsed.input}${parsed.output}`).not.toContain('\ufffd');
      expect(parsed.input.every((text) => text.trim() !== '')).toBe(true);
      expect(parsed.output.trim()).not.toBe('');
      const isShare = (value = 0): boolean => value >= 0 && value <= 1;
      expect(threads ?? 1).toBeLessThanOrEqual(4096);
      const isCount = (value = 1): boolean => Number.isSafeInteger(value) && value >= 1;
      expect([eps, recall].every(isShare) && [clusters, threads, seed + 1].every(isCount)).toBe(true);
      expect(Number.isFinite(overlap ?? 0) && (overlap ?? 0) >= 0).toBe(true);
    }),
    { numRuns: caseCount(2500) },
  );
  expect(understood).toBeGreaterThan(100);
});
