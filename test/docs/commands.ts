import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary, type CliResult } from '../cli/runCli.ts';
import { runHere } from '../cli/runHere.ts';
import { root } from './blocks.ts';

/** The commands of a block, each on one line, without comments. */
export const commandsIn = (text: string): string[] =>
  text
    .replaceAll(/\\\n\s*/g, '')
    .split(/\n| && /)
    .map((line) => line.replace(/(?:^|\s+)# .*$/, ''))
    .filter((line) => line !== '');

/** True for a command with `[--optional]` parts or `…`. It shows options and cannot be run. */
export const isSynopsis = (text: string): boolean => /\[--|…/.test(text);

/** The options named in a text. */
export const optionsIn = (text: string): Set<string> =>
  new Set([...text.matchAll(/(?<![\w-])--[a-z][\w-]*/g)].map(([option]) => option));

/** Commands that no test runs, and the reason. */
const SKIPPED: Readonly<Record<string, string>> = {
  'npm ci': 'it installs the lockfile, which supplyChain.test.ts checks',
};

/**
 * Runs a command of a document in `folder`: nearduck in this process, `npm run` as defined in package.json,
 * others in a shell. Returns undefined for skipped commands.
 */
export async function runCommand(command: string, folder: string): Promise<CliResult | undefined> {
  if (Object.hasOwn(SKIPPED, command)) {
    console.info(`not run: ${command}: ${SKIPPED[command]}`);
    return undefined;
  }
  const script = /^npm run ([\w:]+)$/.exec(command)?.[1];
  if (script !== undefined) return runCommand(scriptText(script), folder);
  const own = /^(?:nearduck|node dist\/cli\/main\.js) (.*)$/.exec(command)?.[1];
  if (own !== undefined) return runHere(wordsOf(own, folder), '', folder);
  return {
    code: 0,
    stdout: execFileSync('sh', ['-ec', command], { cwd: folder, encoding: 'utf8' }),
    stderr: '',
  };
}

function scriptText(name: string): string {
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    scripts: Record<string, string>;
  };
  if (!Object.hasOwn(scripts, name)) throw new Error(`package.json has no script "${name}"`);
  return scripts[name];
}

/** The words of a command after a shell has removed quotes and expanded globs. */
function wordsOf(command: string, folder: string): string[] {
  const script = `printf '%s\\0' ${command}`;
  return execFileSync('sh', ['-ec', script], { cwd: folder, encoding: 'utf8' }).split('\0').slice(0, -1);
}

/**
 * Replaces Slurm: `sbatch` runs all tasks when the last step is submitted, and `squeue` lists no job. Returns
 * the folder of both commands.
 */
export function standInForSlurm(folder: string): string {
  const task = `"${process.execPath}" "${binary}" task run >> sbatch.log`;
  const programs = {
    sbatch: `#!/bin/sh\necho "$*" >> sbatch.log\ncase "$*" in *finish.sh) ${task};; esac\necho 1\n`,
    squeue: '#!/bin/sh\n',
  };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}
