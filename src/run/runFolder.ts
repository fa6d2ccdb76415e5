import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { ioError } from '../errors.ts';
import { makeFolders, removeEmpty } from '../files/makeFolders.ts';
import { FolderLock } from '../output/folderLock.ts';
import { lockPath, removeWorkFolder, WORK_FOLDER } from '../output/workspace.ts';
import { syncPath, writeDurably } from '../output/writeDurably.ts';
import { isRemote, literalPath } from '../paths.ts';
import { removalCommand } from '../output/remoteOutput.ts';
import { sqlScript } from '../sqlScripts.ts';

/** The folder inside a run's folder to which its tasks write. */
export const TASK_FOLDER = '.nearduck/tasks';

/** The folder of a run: a local folder, a folder shared by machines, or a prefix of an object store. */
export class RunFolder {
  readonly path: string;
  readonly isRemote: boolean;
  readonly #connection: DuckDBConnection | undefined;

  /** Only a remote folder needs the connection. */
  constructor(connection: DuckDBConnection | undefined, path: string, asRemote = isRemote(path)) {
    this.#connection = connection;
    this.path = path.replace(/(?<=[^/])\/+$/, '');
    this.isRemote = asRemote;
  }

  /**
   * Reads a file. Returns undefined when there is none.
   * @throws NearduckError (IO Error) when it cannot be read.
   */
  async read(name: string): Promise<string | undefined> {
    const path = this.pathOf(name);
    if (!this.isRemote) return textOf(path);
    // A listing distinguishes a missing file from a server that cannot be reached. The wildcard makes DuckDB
    // list.
    const listed = quotedString(`${literalPath(path.slice(0, -1))}[${path.at(-1)}]`);
    if ((await this.#rows(`SELECT file FROM glob(${listed})`)).length === 0) return undefined;
    const [[content]] = await this.#rows(`SELECT content FROM read_text(${quotedString(literalPath(path))})`);
    return String(content);
  }

  /** Writes a file atomically. */
  async write(name: string, text: string, id: string): Promise<void> {
    const path = this.pathOf(name);
    if (!this.isRemote) {
      makeFolders(`run folder '${this.path}'`, dirname(path));
      return writeDurably(path, text, id);
    }
    await this.#connection!.run(`SET VARIABLE file_text = ${quotedString(text)}`);
    await this.#connection!.run(`SET VARIABLE file_path = ${quotedString(path)}`);
    await this.#connection!.run(sqlScript('7_run_file'));
  }

  /** Names of all files below a folder of the run, relative to that folder. */
  async list(folder: string): Promise<string[]> {
    const path = this.pathOf(folder);
    if (!this.isRemote) {
      if (!existsSync(path)) return [];
      const entries = readdirSync(path, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(path, join(entry.parentPath, entry.name)))
        .sort();
    }
    const found = await this.#rows(`SELECT file FROM glob(${quotedString(`${literalPath(path)}/**`)})`);
    return found.map(([file]) => String(file).slice(path.length + 1)).sort();
  }

  /** Waits until the files of a folder are safe from a loss of power. On an object store, they always are. */
  async sync(folder: string): Promise<void> {
    if (this.isRemote) return;
    for (const name of await this.list(folder)) syncPath(this.pathOf(`${folder}/${name}`));
  }

  /**
   * Creates a folder, if the storage has folders.
   * @throws NearduckError (IO Error) when it cannot be created.
   */
  make(folder: string): void {
    if (this.isRemote) return;
    makeFolders(`folder '${this.pathOf(folder)}'`, this.pathOf(folder));
  }

  /**
   * Runs `body` while no other process does so in this folder. Object stores have no locks. Leaves no empty
   * folders behind.
   * @throws NearduckError (IO Error) when another process is running here.
   */
  async withLock<T>(id: string, body: () => Promise<T>): Promise<T> {
    if (this.isRemote) return body();
    const subject = `run folder '${this.path}'`;
    const made = makeFolders(subject, join(this.path, WORK_FOLDER));
    try {
      const lock = FolderLock.acquireNow(lockPath(this.path), id, subject);
      try {
        return await body();
      } finally {
        lock.release();
      }
    } finally {
      removeWorkFolder(this.path);
      removeEmpty(made);
    }
  }

  /**
   * Describes the remains of a folder that `remove` cannot remove. Returns an empty text when there are none.
   */
  describeLeftovers(folder: string): string {
    if (!this.isRemote) return '';
    const path = this.pathOf(folder);
    return `what the tasks wrote is still below '${path}'; remove it with: ${removalCommand(path)}`;
  }

  /** Removes a folder. Objects remain, because DuckDB cannot remove them. */
  remove(folder: string): void {
    if (!this.isRemote) rmSync(this.pathOf(folder), { recursive: true, force: true });
  }

  pathOf(name: string): string {
    return `${this.path}/${name}`;
  }

  async #rows(sql: string): Promise<unknown[][]> {
    return (await this.#connection!.runAndReadAll(sql)).getRows();
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw ioError(`cannot read '${path}': ${(error as Error).message}`, error);
  }
}
