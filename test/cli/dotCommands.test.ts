import { describe, expect, test } from 'vitest';
import { splitArguments } from '../../src/cli/dot/splitArguments.ts';
import { didYouMean } from '../../src/cli/suggestions.ts';

describe('splitArguments', () => {
  test.each([
    ['mode csv', ['mode', 'csv']],
    ['print  a   b ', ['print', 'a', 'b']],
    [`nullvalue ''`, ['nullvalue', '']],
    [`read 'my file.sql'`, ['read', 'my file.sql']],
    [String.raw`separator "\t" "\n"`, ['separator', '\t', '\n']],
    [String.raw`print "a \"b\" \\"`, ['print', 'a "b" \\']],
    [String.raw`print C:\dir`, ['print', String.raw`C:\dir`]],
    ['', []],
  ])('%j', (text, words) => {
    expect(splitArguments(text)).toEqual(words);
  });
});

describe('didYouMean', () => {
  test('names near ones first, and nothing far', () => {
    expect(didYouMean('.hedaers', ['.help', '.headers', '.mode'])).toBe('Did you mean: ".headers"');
    expect(didYouMean('.zzzzzz', ['.help', '.headers'])).toBe('');
  });
});
