import { expect } from 'vitest';
import { runHere } from '../cli/runHere.ts';
import { root, type Block } from './blocks.ts';

const MARK = '-- next --';

/** Runs SQL blocks in one shell in the root of the package, and compares the output of each. */
export async function expectOutputs(blocks: readonly Pick<Block, 'text' | 'output'>[]): Promise<void> {
  const script = blocks.map(({ text }) => `${text}\n.print ${MARK}\n`).join('');
  const { code, stdout, stderr } = await runHere([], `.cd "${root}"\n${script}`);
  expect({ code, stderr }, stderr).toEqual({ code: 0, stderr: '' });
  const outputs = stdout.split(`${MARK}\n`);
  for (const [i, { text, output = '' }] of blocks.entries()) expectWords(outputs[i], output, text);
}

/**
 * Compares an output with the one in a document, word by word, with a tolerance of 3 % for numbers. A failure
 * names `about`.
 */
export function expectWords(actual: string, shown: string, about: string): void {
  const expected = words(shown).map((word) => (isNumber(word) ? near(Number(word)) : word));
  expect(
    words(actual).map((word) => (isNumber(word) ? Number(word) : word)),
    about,
  ).toEqual(expected);
}

const isNumber = (word: string): boolean => !Number.isNaN(Number(word));

/**
 * Words of an output. Clusters differ slightly between backends, so any id matches, and numbers match by
 * value.
 */
const words = (output: string): string[] =>
  output
    .replaceAll(/[│┌┐└┘├┤┬┴┼─]+/g, ' ')
    .replaceAll(/\b[0-9a-f]{8}\b/g, 'id')
    .replaceAll(/(?<=\d),(?=\d)|(?<=\d)[,;)]|\((?=\d)/g, '')
    .split(/\s+/)
    .filter((word) => word !== '');

/** Matches a number with a tolerance of 3 %. */
const near = (value: number): unknown =>
  expect.toSatisfy((actual: unknown) => Math.abs(Number(actual) - value) <= 0.03 * Math.abs(value));
