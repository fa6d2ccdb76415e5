import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../errors.ts';
import { parseJson } from '../files/parseJson.ts';
import { writeDurably } from './writeDurably.ts';

/** The name of the file that says what is in an output folder. */
export const RUN_FILE = 'run.json';

/** A file of an output folder, as it was written. */
export interface OutputFile {
  /** Below the folder, with `/` between names. */
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970; absent on object stores. */
  readonly modified?: number;
}

/** One step that wrote to the folder. */
export interface RunStep {
  /** The script or command, such as `dedup` or `5_identify`. */
  readonly step: string;
  /** When it ended, ISO 8601. */
  readonly at: string;
  /** What it was told and what it found. */
  readonly [fact: string]: unknown;
}

/** What `run.json` holds: the proof of what nearduck wrote into a folder, and what with. */
export interface RunFile {
  readonly tool: 'nearduck';
  /** Different for each run. */
  readonly id: string;
  /** Facts of the run, such as versions, parameters and input. */
  readonly [fact: string]: unknown;
  readonly steps: readonly RunStep[];
  readonly files: readonly OutputFile[];
}

/**
 * The `run.json` of a folder; undefined when there is none.
 * @throws NearduckError (IO Error) when what is there is not one.
 */
export function readRunFile(folder: string): RunFile | undefined {
  const path = join(folder, RUN_FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw ioError(`cannot read '${path}': ${(error as Error).message}`, error);
  }
  const run = parseJson(text);
  if (isRunFile(run)) return run;
  throw ioError(
    `'${path}' does not say what nearduck wrote, so nothing in '${folder}' may be replaced; choose another folder`,
  );
}

export function isRunFile(value: unknown): value is RunFile {
  const run = value as Partial<RunFile> | null | undefined;
  return (
    run?.tool === 'nearduck' &&
    typeof run.id === 'string' &&
    Array.isArray(run.steps) &&
    isFileList(run.files)
  );
}

export const isFileList = (value: unknown): value is OutputFile[] =>
  Array.isArray(value) &&
  value.every(
    (file: Partial<OutputFile> | null) => typeof file?.path === 'string' && typeof file.bytes === 'number',
  );

export const runFileText = (run: RunFile): string => `${JSON.stringify(run, null, 2)}\n`;

/** Writes the `run.json` of a folder. */
export const writeRunFile = (folder: string, run: RunFile): void =>
  writeDurably(join(folder, RUN_FILE), runFileText(run), run.id);
