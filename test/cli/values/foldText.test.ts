import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { fieldText, foldCommand } from '../../../src/cli/values/foldText.ts';

test('a long value goes on below its beginning; a no-break space does not break', () => {
  expect(fieldText('rows', '5', 8)).toBe('rows    5');
  const words = Array.from({ length: 30 }, (_, i) => `word\u00A0${i}`).join(' ');
  const lines = fieldText('seconds', words, 12).split('\n');
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) {
    expect(line.length).toBeLessThanOrEqual(80);
    expect(line).toMatch(/^(?:seconds {5}| {12})word \d+(?: word \d+)*$/);
  }
});

test('a folded command has lines of 80 and the same words', () => {
  const quoted = `'metadata=it'\\''s a -f long  name'`;
  const options = Array.from({ length: 6 }, (_, i) => `-set name_${i}=value_${i}`).join(' ');
  const command = `nearduck ${options} -set ${quoted} -f nearduck:5_identify -f nearduck:6_export`;
  const folded = foldCommand(command, 14);
  const lines = folded.split('\n');
  expect(14 + lines[0].length).toBeLessThanOrEqual(80);
  for (const line of lines.slice(1)) expect(line.length).toBeLessThanOrEqual(80);
  expect(lines.length).toBeGreaterThan(2);
  const words = (text: string): string =>
    execFileSync('sh', ['-c', `nearduck() { printf '%s\\n' "$@"; }; ${text}`], { encoding: 'utf8' });
  expect(words(folded)).toBe(words(command));
  expect(words(folded)).toContain(`metadata=it's a -f long  name\n`);
});
