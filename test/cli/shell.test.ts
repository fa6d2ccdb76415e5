import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { binary, emptyDirectory } from './runCli.ts';

const hasScript = spawnSync('script', ['--version']).status === 0;

/** The shell on a pseudo-terminal, which the command `script` creates. */
class Terminal {
  readonly home = emptyDirectory();
  readonly #child;
  #screen = '';
  #wake: () => void = () => {};

  constructor() {
    const command = `stty cols 80; exec '${process.execPath}' '${binary}'`;
    this.#child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: this.home,
      env: { ...process.env, HOME: this.home, SHELL: '/bin/sh', TERM: 'xterm', NO_COLOR: '1' },
    });
    this.#child.stdout.on('data', (data: Buffer) => {
      this.#screen += stripVTControlCharacters(data.toString()).replaceAll('\r', '');
      this.#wake();
    });
    this.#child.on('close', () => this.#wake());
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Waits until `pattern` is printed, and returns the output up to its end. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#screen);
      if (match) {
        const end = match.index + match[0].length;
        const seen = this.#screen.slice(0, end);
        this.#screen = this.#screen.slice(end);
        return seen;
      }
      if (this.#child.exitCode !== null)
        throw new Error(`${String(pattern)} never showed; on screen: ${this.#screen}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async exitCode(): Promise<number | null> {
    while (this.#child.exitCode === null) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#child.exitCode;
  }
}

const prompt = /(?:^|\n)D $/;

describe.skipIf(!hasScript)('the interactive shell', { timeout: 60_000 }, () => {
  test('runs statements over several lines, completes, keeps a history, exits', async () => {
    const terminal = new Terminal();
    expect(await terminal.until(prompt)).toContain('Enter ".help" for usage hints.');

    terminal.type('SELECT 40 + 2\n');
    await terminal.until(/· $/);
    terminal.type('AS answer;\n');
    await terminal.until(/│ {5}42 │[^]*\nD $/);

    terminal.type('.mod\t');
    await terminal.until(/\.mode $/);
    terminal.type('csv\n');
    await terminal.until(prompt);

    terminal.type('FROM kmeans_cent\t');
    await terminal.until(/kmeans_centroids/);
    terminal.type('\u0003');
    await terminal.until(prompt);

    terminal.type('SELEC 1;\n');
    // The prompt may be drawn twice after Ctrl-C. The test checks the output before the next prompt.
    await terminal.until(/Parser Error: syntax error at or near "SELEC"[^]*\nD $/);

    terminal.type('.exit 5\n');
    expect(await terminal.exitCode()).toBe(5);
    const history = readFileSync(join(terminal.home, '.nearduck_history'), 'utf8');
    expect(history).toBe('SELECT 40 + 2\u0001AS answer;\n.mode csv\nSELEC 1;\n.exit 5\n');
  });

  test('Ctrl-C cancels the running statement, and leaves from an empty prompt the second time', async () => {
    const terminal = new Terminal();
    await terminal.until(prompt);
    terminal.type('.mode csv\n');
    await terminal.until(prompt);
    terminal.type('SELECT count(*) FROM range(1000000000000);\n');
    await terminal.until(/0000\);\n/);
    terminal.type('\u0003');
    await terminal.until(/INTERRUPT Error: Interrupted!\nD $/);
    terminal.type('SELECT 1 AS still_here;\n');
    await terminal.until(/still_here\n1\nD $/);
    terminal.type('\u0003');
    await terminal.until(/press Ctrl-C again to exit\)\nD $/);
    terminal.type('\u0003');
    expect(await terminal.exitCode()).toBe(1);
  });

  test('a statement of several lines is one entry of the history; Ctrl-R finds it', async () => {
    const terminal = new Terminal();
    await terminal.until(prompt);
    terminal.type('.mode list\n');
    await terminal.until(prompt);
    terminal.type('.headers off\n');
    await terminal.until(prompt);
    terminal.type('SELECT\n');
    await terminal.until(/· $/);
    terminal.type('40 + 2;\n');
    await terminal.until(/42\nD $/);
    terminal.type('SELECT 7;\n');
    await terminal.until(/7\nD $/);

    terminal.type('\u001B[A\u001B[A');
    // Node 24 prints a mark before continuation lines.
    await terminal.until(/SELECT\n(?:\| )?40 \+ 2;/);
    terminal.type('\n');
    await terminal.until(/42\nD $/);

    terminal.type('\u0012');
    await terminal.until(/\(reverse-i-search\)'': /);
    terminal.type('7');
    await terminal.until(/\(reverse-i-search\)'7': SELECT 7;/);
    terminal.type('\u007F');
    await terminal.until(/\(reverse-i-search\)'': /);
    terminal.type('SEL');
    await terminal.until(/\(reverse-i-search\)'SEL': SELECT 40 \+ 2;/);
    terminal.type('\u0012');
    await terminal.until(/\(reverse-i-search\)'SEL': SELECT 7;/);
    terminal.type('\n');
    await terminal.until(/\n7\nD $/);

    terminal.type('SELECT 9');
    await terminal.until(/SELECT 9/);
    terminal.type('\u0012mode');
    await terminal.until(/'mode': \.mode list/);
    terminal.type('\u0003');
    await terminal.until(/D SELECT 9/);
    terminal.type('9;\n');
    await terminal.until(/99\nD $/);
    terminal.type('.shell stty -a | grep -o .icanon\n');
    await terminal.until(/\n icanon\nD $/);
    terminal.type('.prompt "sql> "\n');
    await terminal.until(/sql> $/);
    terminal.type('.exit\n');
    expect(await terminal.exitCode()).toBe(0);
  });

  test('a statement of DuckDB alone shows how far it is', async () => {
    const terminal = new Terminal();
    await terminal.until(prompt);
    terminal.type('CREATE TABLE t AS SELECT range AS i FROM range(10000000);\n');
    await terminal.until(prompt);
    terminal.type('SELECT count(sha256(i::VARCHAR)) FROM t;\n');
    await terminal.until(/query {2}[\d,]+\/10,000,00\d {2}\d+%/);
    terminal.type('\u0003');
    await terminal.until(/INTERRUPT Error: Interrupted!\nD $/);
    terminal.type('.exit\n');
    expect(await terminal.exitCode()).toBe(1);
  });
});
