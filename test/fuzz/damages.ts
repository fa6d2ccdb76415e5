import {
  appendFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { errorFault } from './properErrors.ts';

/** Kinds of damage to a file. */
export const DAMAGES: Readonly<Record<string, (path: string) => void>> = {
  removed: (path) => rmSync(path),
  empty: (path) => truncateSync(path, 0),
  cut: (path) => truncateSync(path, Math.floor(lstatSync(path).size / 2)),
  longer: (path) => appendFileSync(path, 'x'),
  'another byte': (path) => {
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 0x55;
    writeFileSync(path, bytes);
  },
  'a folder': (path) => {
    rmSync(path);
    mkdirSync(path);
  },
  'a folder with a file': (path) => {
    rmSync(path);
    mkdirSync(path);
    writeFileSync(join(path, 'mine'), 'important');
  },
  'a link': (path) => {
    cpSync(path, '../elsewhere', { force: true });
    rmSync(path);
    symlinkSync('/proc/self/nothing', path);
  },
  'other text': (path) => writeFileSync(path, 'x'),
  null: (path) => writeFileSync(path, 'null'),
  'an object': (path) => writeFileSync(path, '{}'),
  'a list': (path) => writeFileSync(path, '[]'),
  'a run without files': (path) =>
    writeFileSync(path, '{"tool": "nearduck", "id": "x", "steps": [], "files": null}'),
  'files outside': (path) =>
    writeFileSync(
      path,
      '{"tool": "nearduck", "id": "x", "steps": [], "files": [{"path": "../in.parquet", "bytes": 1, "modified": 1}, {"path": "", "bytes": 0}]}',
    ),
};

/** Runs a command and captures its output. Returns the exit code and the output. */
export async function silently(
  body: () => Promise<number>,
): Promise<{ code: number; printed: string; errors: string }> {
  let [printed, errors] = ['', ''];
  const [out, error] = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
  out.mockImplementation((text, ...args) => {
    printed += String(text);
    (args as unknown[]).forEach((arg) => typeof arg === 'function' && arg());
    return true;
  });
  error.mockImplementation((text) => ((errors += String(text)), true));
  try {
    return { code: await body(), printed, errors };
  } finally {
    out.mockRestore();
    error.mockRestore();
  }
}

/** Lists the faults of the errors of a command. */
export function faultsOf(text: string): string[] {
  const errors = text.split('\n').filter((line) => / Error: /.test(line));
  if (errors.length === 0) return [`no error: ${text}`];
  return errors
    .map((error) => errorFault(error.replace(/^.*?(?=[A-Z][A-Za-z ]+ Error: )/, ''), ''))
    .filter((fault) => fault !== undefined);
}
