import { type DotCommand, oneArgument, toggle } from './dotCommand.ts';
import type { Shell } from '../shell/shell.ts';

function redirect(shell: Shell, path: string, once: boolean): void {
  try {
    shell.output.redirect(path, once);
  } catch (error) {
    throw new Error(`Error: cannot open "${path}"`, { cause: error });
  }
}

/** Commands about where output goes and what is printed beside results. */
export const outputCommands: readonly DotCommand[] = [
  toggle('echo', 'echo', 'Turn command echo on or off'),
  {
    name: 'once',
    parameters: 'FILE',
    description: 'Output for the next SQL command only to FILE',
    completes: 'path',
    run: (shell, args) => redirect(shell, oneArgument(args), true),
  },
  {
    name: 'output',
    parameters: '?FILE?',
    description: 'Send output to FILE or stdout if FILE is omitted',
    completes: 'path',
    run: (shell, args) => {
      if (args.length === 0 || args[0] === 'stdout') shell.output.restore();
      else redirect(shell, oneArgument(args), false);
    },
  },
  {
    name: 'print',
    parameters: 'STRING...',
    description: 'Print literal STRING',
    run: ({ output }, args) => output.write(`${args.join(' ')}\n`),
  },
  toggle('timer', 'timer', 'Turn SQL timer on or off'),
];
