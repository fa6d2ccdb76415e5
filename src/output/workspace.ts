import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolders } from '../files/makeFolders.ts';
import { readJson } from '../files/parseJson.ts';
import { fateOf, ownIdentity, type ProcessIdentity } from './processIdentity.ts';

/** The folder inside an output folder in which results are written first. */
export const WORK_FOLDER = '.nearduck';
const OWNER_FILE = 'owner.json';

/** The owner of a workspace: an entire run, which holds the lock of the output folder, or one script. */
type Kind = 'run' | 'step';

interface Owner extends ProcessIdentity {
  readonly id: string;
  readonly kind: Kind;
}

/** A folder inside an output folder. Results are written here before they are moved to the output folder. */
export interface Workspace {
  readonly id: string;
  readonly folder: string;
  /** New results, under their final names. */
  readonly fresh: string;
  /** Replaced results. */
  readonly old: string;
  /** For rows that DuckDB spills. */
  readonly temporary: string;
}

/** Creates a unique id. Ids sort by time. */
export const newId = (): string =>
  `${new Date().toISOString().replace(/[-:]|\..*/g, '')}-${randomBytes(6).toString('hex')}`;

const ID = /^\d{8}T\d{6}-[0-9a-f]{12}$/;

/** The path of the lock of an output folder. */
export const lockPath = (output: string): string => join(output, WORK_FOLDER, 'lock');

/** The folder for the finished steps of an unfinished run. */
export const savedStepsFolder = (output: string): string => join(output, WORK_FOLDER, 'steps');

const workspaceOf = (output: string, id: string): Workspace => {
  const folder = join(output, WORK_FOLDER, id);
  return {
    id,
    folder,
    fresh: join(folder, 'new'),
    old: join(folder, 'old'),
    temporary: join(folder, 'tmp'),
  };
};

/** Creates a workspace in an existing output folder. Call it while holding the folder's lock. */
export function makeWorkspace(output: string, id: string, kind: Kind): Workspace {
  const workspace = workspaceOf(output, id);
  makeWorkFolder(output);
  mkdirSync(workspace.folder);
  writeOwner(workspace.folder, id, kind);
  mkdirSync(workspace.fresh);
  mkdirSync(workspace.temporary);
  return workspace;
}

/** The workspaces in an output folder whose owners no longer run. Call it while holding the folder's lock. */
export function deadWorkspaces(output: string): Workspace[] {
  const folder = join(output, WORK_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((id) => workspaceOf(output, id))
    .filter((workspace) => {
      const owner = ownerOf(workspace.folder, workspace.id);
      if (owner) return owner.kind === 'run' || fateOf(owner) === 'dead';
      return isUnclaimed(workspace);
    });
}

/** Returns true for a workspace whose process was killed before it had written the owner. */
function isUnclaimed({ id, folder }: Workspace): boolean {
  if (!ID.test(id) || !lstatSync(folder).isDirectory()) return false;
  return readdirSync(folder).every((name) => name === OWNER_FILE);
}

function writeOwner(folder: string, id: string, kind: Kind): void {
  const owner: Owner = { id, kind, ...ownIdentity() };
  writeFileSync(join(folder, OWNER_FILE), JSON.stringify(owner));
}

/** Returns undefined when the folder is not a workspace. */
function ownerOf(folder: string, id: string): Owner | undefined {
  const owner = readJson(join(folder, OWNER_FILE)) as Owner | null | undefined;
  return owner?.id === id ? owner : undefined;
}

/** Removes a workspace with everything in it. */
export function removeWorkspace({ folder }: Workspace): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Creates the work folder of an output folder, if there is none. */
export function makeWorkFolder(output: string): void {
  makeFolders(`folder '${join(output, WORK_FOLDER)}'`, join(output, WORK_FOLDER));
}

/** Removes the work folder when it is empty. */
export function removeWorkFolder(output: string): void {
  const folder = join(output, WORK_FOLDER);
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

const TEMPORARY = 'nearduck-';

/** Creates a temporary folder for this process, and removes those of killed processes. */
export function makeTemporaryFolder(id: string): string {
  const place = tmpdir();
  for (const name of readdirSync(place).filter((name) => name.startsWith(TEMPORARY))) {
    const folder = join(place, name);
    const owner = ownerOf(folder, name.slice(TEMPORARY.length));
    // Folders of other users must not be removed.
    if (owner && fateOf(owner) === 'dead' && lstatSync(folder).uid === process.getuid?.())
      rmSync(folder, { recursive: true, force: true });
  }
  const folder = join(place, `${TEMPORARY}${id}`);
  mkdirSync(folder, { mode: 0o700 });
  writeOwner(folder, id, 'step');
  return folder;
}
