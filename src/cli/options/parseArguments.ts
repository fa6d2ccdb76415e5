import { absentMode } from '../modes/modes.ts';
import { didYouMean } from '../../text/suggestions.ts';
import type { Invocation } from './invocation.ts';
import { options, UsageError } from './options.ts';

/**
 * Reads a command line as DuckDB's shell does: options with one or two dashes, in order; the first other word
 * is the database, any further one is SQL to run. `--` ends the options.
 * @throws {UsageError}
 */
export function parseArguments(args: readonly string[]): Invocation {
  const invocation: Invocation = { session: { config: {} }, readStdin: true, actions: [] };
  const words = [...args];
  let onlyWords = false;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!onlyWords && word === '--') {
      onlyWords = true;
    } else if (!onlyWords && word.startsWith('-') && word !== '-') {
      applyOption(invocation, word, words);
    } else if (invocation.database === undefined) {
      invocation.database = word;
    } else {
      invocation.actions.push({ kind: 'run', text: word });
      invocation.readStdin = false;
    }
  }
  return invocation;
}

function applyOption(invocation: Invocation, word: string, rest: string[]): void {
  const name = word.replace(/^--?/, '');
  const option = options.find((candidate) => candidate.name === name.replaceAll('_', '-'));
  if (!option) {
    const absent = absentMode(name);
    if (absent !== undefined) throw new UsageError(absent);
    const hint = didYouMean(
      `-${name}`,
      options.map((candidate) => `-${candidate.name}`),
    );
    throw new UsageError(
      `Unknown Option Error: Unrecognized option '-${name}'\n\n${hint}${hint && '\n'}` +
        `Run 'nearduck -help' for a list of options.`,
    );
  }
  const value = option.argument === undefined ? '' : rest.shift();
  if (value === undefined) {
    throw new UsageError(
      `Missing Argument Error: Argument '-${option.name}' needs 1 arguments, but got 0\n` +
        `OPTION:\n  -${option.name} ${option.argument}    ${option.description}\n\n` +
        `Run 'nearduck -help' for a list of options.`,
    );
  }
  option.apply(invocation, value);
}
