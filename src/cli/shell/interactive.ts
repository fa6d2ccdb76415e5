import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { endBySignal } from '../endBySignal.ts';
import { versionText } from '../versions.ts';
import { complete } from './completion.ts';
import { History } from './history.ts';
import { runLine } from './runLines.ts';
import { runSql } from './runSql.ts';
import type { Shell } from './shell.ts';
import { StatementReader } from './statementReader.ts';

const mainPrompt = 'D ';
const continuationPrompt = '· ';

/** The SQL shell: reads lines, runs statements as they end, until end of input or `.exit`. */
export async function runInteractive(shell: Shell, input: Readable & { isTTY?: boolean }): Promise<void> {
  const terminal = input.isTTY === true;
  const reader = new StatementReader(shell.connection);
  const history = new History();
  if (terminal) await shell.output.write(`${await versionText()}\nEnter ".help" for usage hints.\n`);

  let pendingLines = 0;
  const isBusy = (): boolean => pendingLines > 0;
  const lines = createInterface({
    input,
    terminal,
    ...(terminal ? { output: process.stdout, history: history.read(), historySize: 1000 } : {}),
    completer: (line: string, done: (error: Error | null, result?: [string[], string]) => void) => {
      if (isBusy()) done(null, [[], line]);
      else
        complete(shell.connection, reader.text, line).then(
          (result) => done(null, result),
          () => done(null, [[], line]),
        );
    },
  });
  const prompt = (): void => {
    if (!terminal) return;
    lines.setPrompt(reader.isEmpty ? mainPrompt : continuationPrompt);
    lines.prompt();
  };
  if (terminal) handleInterrupts(lines, { isBusy, shell, reader, prompt });

  lines.on('line', () => pendingLines++);
  prompt();
  await eachLine(lines, async (line) => {
    if (shell.isOver) return;
    if (terminal) history.add(line, reader.text);
    await runLine(shell, reader, line);
    shell.stopInterrupting();
    pendingLines--;
    if (shell.isOver) lines.close();
    else if (!isBusy()) prompt();
  });
  if (terminal) await shell.output.write('\n');
  else if (!reader.isEmpty && !shell.isOver) await runSql(shell, reader.take());
}

interface InterruptContext {
  readonly shell: Shell;
  readonly reader: StatementReader;
  readonly isBusy: () => boolean;
  readonly prompt: () => void;
}

/** Ctrl-C stops what runs; at the prompt it drops what was typed, and on an empty prompt a second one leaves. */
function handleInterrupts(lines: Interface, { shell, reader, isBusy, prompt }: InterruptContext): void {
  let onEmptyPrompt = 0;
  lines.on('line', () => (onEmptyPrompt = 0));
  lines.on('SIGINT', () => {
    if (isBusy()) {
      if (shell.isStuck) {
        // The terminal is given back as it was.
        lines.close();
        endBySignal('SIGINT');
      }
      shell.interrupt();
      return;
    }
    const hadText = lines.line !== '' || !reader.isEmpty;
    onEmptyPrompt = hadText ? 0 : onEmptyPrompt + 1;
    if (onEmptyPrompt > 1) {
      lines.close();
      return;
    }
    reader.take();
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    process.stdout.write(hadText ? '\n' : '\n(press Ctrl-C again to exit)\n');
    prompt();
  });
}

/** Calls `handle` for each line, one after the other, until the input ends. */
async function eachLine(lines: Interface, handle: (line: string) => Promise<void>): Promise<void> {
  let tail = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      tail = tail.then(() => handle(line));
      tail.catch(reject);
    });
    lines.on('close', resolve);
  });
  await tail;
}
