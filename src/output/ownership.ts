import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../errors.ts';
import { pathExists } from '../files/pathExists.ts';
import { RUN_FILE, type OutputFile, type RunFile } from './runFile.ts';

/** The files of a result: `name` itself, or those in the folder `name`. Links are not followed. */
export function resultFiles(output: string, name: string): OutputFile[] {
  return filesAt(join(output, name), name);
}

function filesAt(path: string, name: string): OutputFile[] {
  const found = lstatSync(path);
  if (!found.isDirectory()) return [{ path: name, bytes: found.size, modified: Math.floor(found.mtimeMs) }];
  const names = readdirSync(path).sort();
  return names.flatMap((child) => filesAt(join(path, child), `${name}/${child}`));
}

/** Divides files into those that nearduck wrote and nobody has changed, and all others. */
export function splitFiles(
  files: readonly OutputFile[],
  written: readonly OutputFile[] = [],
): { owned: OutputFile[]; foreign: OutputFile[] } {
  const known = new Map(written.map((file) => [file.path, file]));
  const owned: OutputFile[] = [];
  const foreign: OutputFile[] = [];
  for (const file of files) {
    const before = known.get(file.path);
    const same = before?.bytes === file.bytes && before.modified === file.modified;
    (same ? owned : foreign).push(file);
  }
  return { owned, foreign };
}

/**
 * Checks that a result in the folder `output` may be replaced. Errors call the folder `name`.
 * @throws NearduckError (IO Error) when it contains a file that nearduck did not write, or that has changed
 * since.
 */
export function refuseForeign(name: string, output: string, result: string, run: RunFile | undefined): void {
  if (!pathExists(join(output, result))) return;
  const [foreign] = splitFiles(resultFiles(output, result), run?.files).foreign;
  if (!foreign) return;
  throw ioError(
    `output folder '${name}' contains '${foreign.path}', which ` +
      `${run ? `its ${RUN_FILE} no longer describes` : `no ${RUN_FILE} lists`}; ` +
      `nearduck replaces only its own files: choose another folder, or remove the file yourself`,
  );
}
