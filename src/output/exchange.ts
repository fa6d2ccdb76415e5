import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../errors.ts';
import { readJson } from '../files/parseJson.ts';
import { pathExists } from '../files/pathExists.ts';
import { resultFiles, splitFiles } from './ownership.ts';
import { isFileList, isRunFile, writeRunFile, type OutputFile, type RunFile } from './runFile.ts';
import { deadWorkspaces, removeWorkspace, type Workspace } from './workspace.ts';
import { syncPath, writeDurably } from './writeDurably.ts';

/** An exchange of results, written to a file first so that another process can finish it. */
export interface Exchange {
  /** Results in `fresh` that move to the output folder. */
  readonly place: readonly string[];
  /** Results that are removed without a replacement. */
  readonly retire: readonly string[];
  /** Files written by nearduck, which may be removed. */
  readonly owned: readonly OutputFile[];
  /** The `run.json` after the exchange. */
  readonly run: RunFile;
}

const JOURNAL = 'exchange.json';

/**
 * Moves new results into `output`, and the results that they replace out of it. If the process is killed
 * meanwhile, `finishExchanges` can finish the exchange. Call it while holding the folder's lock. Files that
 * nearduck did not write are kept: returns the folders in `output` that now contain them.
 */
export function exchangeResults(output: string, workspace: Workspace, exchange: Exchange): string[] {
  for (const name of exchange.place)
    for (const { path } of resultFiles(workspace.fresh, name)) syncPath(join(workspace.fresh, path));
  writeDurably(join(workspace.folder, JOURNAL), JSON.stringify(exchange), workspace.id);
  return finish(output, workspace, exchange);
}

/**
 * Finishes interrupted exchanges and removes the workspaces of dead processes. Call it while holding the
 * folder's lock. Returns the folders that contain kept files, like `exchangeResults`.
 */
export function finishExchanges(output: string): string[] {
  const kept: string[] = [];
  for (const workspace of deadWorkspaces(output)) {
    const journal = join(workspace.folder, JOURNAL);
    if (pathExists(journal)) {
      kept.push(...finish(output, workspace, readJournal(journal, workspace)));
    } else removeWorkspace(workspace);
  }
  return kept;
}

/** Reads the file of an interrupted exchange. */
function readJournal(path: string, { folder, fresh, old }: Workspace): Exchange {
  const exchange = readJson(path) as Partial<Exchange> | null | undefined;
  const { place, retire, owned, run } = exchange ?? {};
  if (isNames(place) && isNames(retire) && isFileList(owned) && isRunFile(run))
    return { place, retire, owned, run };
  throw ioError(
    `'${path}', which tells how to finish the exchange of results of a killed run, is damaged; ` +
      `move what you need from '${fresh}' (new results) and '${old}' (earlier ones), then remove '${folder}'`,
  );
}

/** Returns true for names inside a folder. */
const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string' && /^[^./][^/]*$/.test(name));

/** Tells the user which folders contain kept files. */
export function reportKeptFiles(kept: readonly string[], notice?: (text: string) => void): void {
  for (const folder of kept)
    notice?.(
      `files that nearduck did not write were among the replaced results; they are now in '${folder}'`,
    );
}

/** Finishes an exchange. Each step may already have been done. */
function finish(output: string, workspace: Workspace, { place, retire, owned, run }: Exchange): string[] {
  mkdirSync(workspace.old, { recursive: true });
  const kept: string[] = [];
  for (const name of retire) moveAside(output, workspace, name, kept);
  for (const name of place) {
    const fresh = join(workspace.fresh, name);
    if (!pathExists(fresh)) continue;
    moveAside(output, workspace, name, kept);
    renameSync(fresh, join(output, name));
  }
  writeRunFile(output, run);
  for (const name of readdirSync(workspace.old)) {
    if (!removeOwned(workspace.old, name, owned))
      keep(output, workspace, join(workspace.old, name), name, kept);
  }
  removeWorkspace(workspace);
  return kept;
}

function moveAside(output: string, workspace: Workspace, name: string, kept: string[]): void {
  const path = join(output, name);
  if (!pathExists(path)) return;
  const old = join(workspace.old, name);
  // The result was already moved away, so another program has created this file since.
  if (pathExists(old)) keep(output, workspace, path, name, kept);
  else renameSync(path, old);
}

function keep(output: string, { id }: Workspace, path: string, name: string, kept: string[]): void {
  let target = join(output, `${name}.kept-${id}`);
  for (let i = 2; pathExists(target); i++) target = join(output, `${name}.kept-${id}-${i}`);
  renameSync(path, target);
  kept.push(target);
}

/** Removes the files that nearduck wrote, and empty folders. Returns false when something remains. */
function removeOwned(folder: string, name: string, owned: readonly OutputFile[]): boolean {
  for (const { path } of splitFiles(resultFiles(folder, name), owned).owned) rmSync(join(folder, path));
  return removeEmptyTree(join(folder, name));
}

/** Removes `path` and the folders below it that contain no files. Returns true when nothing remains. */
function removeEmptyTree(path: string): boolean {
  if (!pathExists(path)) return true;
  if (!lstatSync(path).isDirectory()) return false;
  const left = readdirSync(path).filter((name) => !removeEmptyTree(join(path, name)));
  if (left.length === 0) rmdirSync(path);
  return left.length === 0;
}
