import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../errors.ts';
import { parseJson } from '../files/parseJson.ts';
import { writeDurably } from './writeDurably.ts';

/** The name of the file that lists the contents of an output folder. */
export const RUN_FILE = 'run.json';

/** A file of an output folder, as it was written. */
export interface OutputFile {
  /** Path relative to the folder, with `/` as separator. */
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. Undefined on object stores. */
  readonly modified?: number;
}

/** One step that wrote to the folder. */
export interface RunStep {
  /** The script or command, such as `dedup` or `5_identify`. */
  readonly step: string;
  /** The time at which the step ended, in ISO 8601 format. */
  readonly at: string;
  /** Parameters and findings of the step. */
  readonly [fact: string]: unknown;
}

/** The contents of `run.json`: the files that nearduck wrote to a folder, and the parameters it used. */
export interface RunFile {
  readonly tool: 'nearduck';
  /** Unique per run. */
  readonly id: string;
  /** Facts of the run, such as versions, parameters and input. */
  readonly [fact: string]: unknown;
  readonly steps: readonly RunStep[];
  readonly files: readonly OutputFile[];
}

/** A folder's `run.json`, if any. @throws NearduckError (IO Error) when nearduck did not write it. */
export function readRunFile(folder: string): RunFile | undefined {
  const path = join(folder, RUN_FILE);
  let text: string;
  try {
    // Reading a pipe would wait for its writer.
    text = statSync(path).isFile() ? readFileSync(path, 'utf8') : '';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw ioError(`cannot read '${path}': ${(error as Error).message}`, error);
  }
  const run = parseJson(text);
  if (isRunFile(run)) return run;
  throw ioError(
    `'${path}' does not list the files that nearduck wrote, so nothing in '${folder}' can be replaced ` +
      'safely; choose another folder',
  );
}

/** Returns true for the parsed content of a `run.json` of nearduck. */
export function isRunFile(value: unknown): value is RunFile {
  const run = value as Partial<RunFile> | null | undefined;
  return (
    run?.tool === 'nearduck' &&
    typeof run.id === 'string' &&
    Array.isArray(run.steps) &&
    isFileList(run.files)
  );
}

/** Returns true for a list of files with a path and a size. */
export const isFileList = (value: unknown): value is OutputFile[] =>
  Array.isArray(value) &&
  value.every(
    (file: Partial<OutputFile> | null) => typeof file?.path === 'string' && typeof file.bytes === 'number',
  );

/** The text of a `run.json`. */
export const runFileText = (run: RunFile): string => `${JSON.stringify(run, null, 2)}\n`;

/** Writes the `run.json` of a folder. */
export const writeRunFile = (folder: string, run: RunFile): void =>
  writeDurably(join(folder, RUN_FILE), runFileText(run), run.id);
