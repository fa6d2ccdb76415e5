import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolders } from '../files/makeFolders.ts';
import { fateOf, ownIdentity, type ProcessIdentity } from './processIdentity.ts';

/** The folder inside an output folder where results are made. */
export const WORK_FOLDER = '.nearduck';
const OWNER_FILE = 'owner.json';

/** Who works in a workspace: a whole run, which holds the lock of the output folder, or one script. */
type Kind = 'run' | 'step';

interface Owner extends ProcessIdentity {
  readonly id: string;
  readonly kind: Kind;
}

/** A folder of its own below an output folder, where results are written before they take their places. */
export interface Workspace {
  readonly id: string;
  readonly folder: string;
  /** Results on their way in, under their names. */
  readonly fresh: string;
  /** Results on their way out. */
  readonly old: string;
  /** For rows that DuckDB spills. */
  readonly temporary: string;
}

/** Sorts by time, and differs from all others. */
export const newId = (): string =>
  `${new Date().toISOString().replace(/[-:]|\..*/g, '')}-${randomBytes(6).toString('hex')}`;

export const lockPath = (output: string): string => join(output, WORK_FOLDER, 'lock');

/** Where an unfinished run keeps the steps it has finished. */
export const keptFolder = (output: string): string => join(output, WORK_FOLDER, 'steps');

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

/** Makes a workspace in an output folder that exists. */
export function makeWorkspace(output: string, id: string, kind: Kind): Workspace {
  const workspace = workspaceOf(output, id);
  makeWorkFolder(output);
  mkdirSync(workspace.folder);
  writeOwner(workspace.folder, id, kind);
  mkdirSync(workspace.fresh);
  mkdirSync(workspace.temporary);
  return workspace;
}

/** The workspaces in an output folder whose owner cannot be at work any more; call it with the lock of the folder. */
export function deadWorkspaces(output: string): Workspace[] {
  const folder = join(output, WORK_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((id) => workspaceOf(output, id))
    .filter((workspace) => {
      const owner = ownerOf(workspace.folder, workspace.id);
      return owner && (owner.kind === 'run' || fateOf(owner) === 'dead');
    });
}

function writeOwner(folder: string, id: string, kind: Kind): void {
  const owner: Owner = { id, kind, ...ownIdentity() };
  writeFileSync(join(folder, OWNER_FILE), JSON.stringify(owner));
}

/** Undefined for what is no workspace of ours. */
function ownerOf(folder: string, id: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(join(folder, OWNER_FILE), 'utf8')) as Owner;
    return owner.id === id ? owner : undefined;
  } catch {
    return undefined;
  }
}

export function removeWorkspace({ folder }: Workspace): void {
  rmSync(folder, { recursive: true, force: true });
}

export function makeWorkFolder(output: string): void {
  makeFolders(`folder '${join(output, WORK_FOLDER)}'`, join(output, WORK_FOLDER));
}

/** Removes the folder of the workspaces if nobody works there. */
export function removeWorkFolder(output: string): void {
  const folder = join(output, WORK_FOLDER);
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

const TEMPORARY = 'nearduck-';

/** Makes a folder of this process in the folder for temporary files, and removes those there whose process was killed. */
export function makeTemporaryFolder(id: string): string {
  const place = tmpdir();
  for (const name of readdirSync(place).filter((name) => name.startsWith(TEMPORARY))) {
    const folder = join(place, name);
    const owner = ownerOf(folder, name.slice(TEMPORARY.length));
    // What another user left is not ours to remove.
    if (owner && fateOf(owner) === 'dead' && lstatSync(folder).uid === process.getuid?.())
      rmSync(folder, { recursive: true, force: true });
  }
  const folder = join(place, `${TEMPORARY}${id}`);
  mkdirSync(folder, { mode: 0o700 });
  writeOwner(folder, id, 'step');
  return folder;
}
