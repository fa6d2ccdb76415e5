import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const USAGE = new URL('./usage.mjs', import.meta.url).href;
const CLI = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** Runs a command and returns its stdout. @param {string} command @param {readonly string[]} args @returns {Promise<string>} */
export function run(command, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else
        reject(
          new Error(`${command} ${args.join(' ')}: ${signal ?? `exit code ${code}`}\n${stderr.slice(-2000)}`),
        );
    });
  });
}

/**
 * @typedef {object} CliRun
 * @property {string} stdout
 * @property {number} seconds from start to end of the process
 * @property {number} cpuSeconds
 * @property {number} peakBytes resident memory at its highest
 */

/** Runs `nearduck …` as a process of its own. @param {string} scratch @param {readonly string[]} args @returns {Promise<CliRun>} */
export async function runCli(scratch, args) {
  const file = join(scratch, 'usage.json');
  const start = performance.now();
  const stdout = await run(process.execPath, ['--import', USAGE, CLI, ...args], {
    ...process.env,
    NEARDUCK_BENCH_USAGE: file,
  });
  const seconds = (performance.now() - start) / 1000;
  return { stdout, seconds, ...JSON.parse(readFileSync(file, 'utf8')) };
}

/** A process that answers each line with a line of JSON. */
export class Conversation {
  #child;
  #answers;
  #failure = '';

  /** @param {string} command @param {readonly string[]} args */
  constructor(command, args) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr.on('data', (data) => (this.#failure += data));
    this.#answers = this.#lines();
  }

  async ask(line = '') {
    this.#child.stdin.write(`${line}\n`);
    return this.answer();
  }

  /** The next line, asked for or not. */
  async answer() {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(this.#failure || 'the process ended early');
    return JSON.parse(value);
  }

  end() {
    this.#child.stdin.end();
  }

  async *#lines() {
    let rest = '';
    for await (const data of this.#child.stdout) {
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      yield* lines;
    }
  }
}
