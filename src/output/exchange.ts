import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../errors.ts';
import { isThere } from '../files/isThere.ts';
import { resultFiles, splitFiles } from './ownership.ts';
import { isFileList, isRunFile, writeRunFile, type OutputFile, type RunFile } from './runFile.ts';
import { deadWorkspaces, removeWorkspace, type Workspace } from './workspace.ts';
import { syncPath, writeDurably } from './writeDurably.ts';

/** What an exchange of results does, written down before it begins: who finds it unfinished can finish it. */
export interface Exchange {
  /** Results in `fresh` that take their places. */
  readonly place: readonly string[];
  /** Results that go without another in their place. */
  readonly retire: readonly string[];
  /** Files that are known to be nearduck's, and go. */
  readonly owned: readonly OutputFile[];
  /** The `run.json` of afterwards. */
  readonly run: RunFile;
}

const JOURNAL = 'exchange.json';

/**
 * Puts results in their places in `output`, and those they replace out of the way; from the first line on a killed process
 * leaves enough for `finishExchanges`. Call it with the lock of the folder. Files that nearduck did not write are kept:
 * returns the folders, in `output`, that they are in now.
 */
export function exchangeResults(output: string, workspace: Workspace, exchange: Exchange): string[] {
  for (const name of exchange.place)
    for (const { path } of resultFiles(workspace.fresh, name)) syncPath(join(workspace.fresh, path));
  writeDurably(join(workspace.folder, JOURNAL), JSON.stringify(exchange), workspace.id);
  return finish(output, workspace, exchange);
}

/**
 * Finishes exchanges that were cut off and removes what dead processes left in a folder; call it with the lock of the
 * folder. Returns the folders that files are kept in, as `exchangeResults` does.
 */
export function finishExchanges(output: string): string[] {
  const kept: string[] = [];
  for (const workspace of deadWorkspaces(output)) {
    const journal = join(workspace.folder, JOURNAL);
    if (isThere(journal)) {
      kept.push(...finish(output, workspace, readJournal(journal, workspace)));
    } else removeWorkspace(workspace);
  }
  return kept;
}

/** @throws NearduckError (IO Error) when what is there is none: results may be in both folders then. */
function readJournal(path: string, { folder, fresh, old }: Workspace): Exchange {
  try {
    const { place, retire, owned, run } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Exchange>;
    if (isNames(place) && isNames(retire) && isFileList(owned) && isRunFile(run))
      return { place, retire, owned, run };
  } catch {
    // Said below.
  }
  throw ioError(
    `'${path}' is damaged, which says how to finish the exchange of results that a killed run began; ` +
      `move what you need from '${fresh}' (new results) and '${old}' (earlier ones), then remove '${folder}'`,
  );
}

/** Names in a folder, none of which leads out of it. */
const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string' && /^[^./][^/]*$/.test(name));

/** Tells the user of the folders that files are kept in. */
export function reportKept(kept: readonly string[], notice?: (text: string) => void): void {
  for (const folder of kept)
    notice?.(
      `files that nearduck did not write were among the results that were replaced; they are in '${folder}' now`,
    );
}

/** Every step may have been done already, or not. */
function finish(output: string, workspace: Workspace, { place, retire, owned, run }: Exchange): string[] {
  mkdirSync(workspace.old, { recursive: true });
  const kept: string[] = [];
  for (const name of retire) moveAway(output, workspace, name, kept);
  for (const name of place) {
    const fresh = join(workspace.fresh, name);
    if (!isThere(fresh)) continue;
    moveAway(output, workspace, name, kept);
    renameSync(fresh, join(output, name));
  }
  writeRunFile(output, run);
  for (const name of readdirSync(workspace.old)) {
    if (!dropOwned(workspace.old, name, owned))
      keep(output, workspace, join(workspace.old, name), name, kept);
  }
  removeWorkspace(workspace);
  return kept;
}

function moveAway(output: string, workspace: Workspace, name: string, kept: string[]): void {
  const path = join(output, name);
  if (!isThere(path)) return;
  const old = join(workspace.old, name);
  // Ours is away already, so this came from somebody else since.
  if (isThere(old)) keep(output, workspace, path, name, kept);
  else renameSync(path, old);
}

function keep(output: string, { id }: Workspace, path: string, name: string, kept: string[]): void {
  let target = join(output, `${name}.kept-${id}`);
  for (let i = 2; isThere(target); i++) target = join(output, `${name}.kept-${id}-${i}`);
  renameSync(path, target);
  kept.push(target);
}

/** Removes the files of a result that are nearduck's, and folders without files; false when something is left. */
function dropOwned(folder: string, name: string, owned: readonly OutputFile[]): boolean {
  for (const { path } of splitFiles(resultFiles(folder, name), owned).owned) rmSync(join(folder, path));
  return removeEmptyTree(join(folder, name));
}

/** Removes the folders below `path`, and it, that have no files in them; true when nothing is left. */
function removeEmptyTree(path: string): boolean {
  if (!isThere(path)) return true;
  if (!lstatSync(path).isDirectory()) return false;
  const left = readdirSync(path).filter((name) => !removeEmptyTree(join(path, name)));
  if (left.length === 0) rmdirSync(path);
  return left.length === 0;
}
