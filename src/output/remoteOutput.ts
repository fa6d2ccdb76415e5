import { rmSync } from 'node:fs';
import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { ioError } from '../errors.ts';
import { isS3Path, literalPath } from '../paths.ts';
import { firstRow } from '../queryValues.ts';
import { sqlScript } from '../sqlScripts.ts';
import type { AbortUploads, OutputFolder, OutputOptions, RunFacts } from './outputFolder.ts';
import { RUN_FILE, runFileText, type OutputFile, type RunFile, type RunStep } from './runFile.ts';
import { makeTemporaryFolder, newId } from './workspace.ts';
import { quotedWord } from '../shellWord.ts';

/** Maximum number of objects named in a message. */
const NAMED = 3;

const CLAIM = 'nearduck';

/** Returns true when a name below a prefix marks a running dedup. */
export const isClaim = (name: string): boolean => name.startsWith(`${CLAIM}-`) && name.endsWith('.json');

/**
 * A prefix on an object store. Objects are written directly, under names unique to the run. `run.json` is
 * written last and lists them. Objects are never replaced, and DuckDB cannot remove them.
 */
export class RemoteOutput implements OutputFolder {
  readonly target: string;
  readonly path: string;
  readonly temporary: string;
  readonly id = newId();
  #wrote = false;

  constructor(target: string, { overwrite, resume }: OutputOptions) {
    if (resume) {
      throw ioError(
        `output '${target}' is on an object store, where no unfinished run is kept; --resume needs a ` +
          'local folder',
      );
    }
    if (overwrite) {
      throw ioError(
        `output '${target}' is on an object store, where --overwrite would leave old files among new ` +
          'ones; choose another prefix',
      );
    }
    this.target = target.replace(/\/+$/, '');
    this.path = this.target;
    this.temporary = makeTemporaryFolder(this.id);
  }

  /** The object that claims the prefix: written first, before looking for the claims of others. */
  get #claim(): string {
    return `${this.target}/${CLAIM}-${this.id}.json`;
  }

  /** Claims the prefix. If two runs start at the same time, each sees the other's claim and both stop. */
  async prepare(connection: DuckDBConnection): Promise<void> {
    await this.#refuseOthers(connection);
    this.#wrote = true;
    await writeText(
      connection,
      this.#claim,
      `${JSON.stringify({ tool: 'nearduck', id: this.id, started: new Date() })}\n`,
    );
    await this.#refuseOthers(connection);
    await connection.run(`SET VARIABLE file_names = ${quotedString(`${this.id}_{i}`)}`);
  }

  openSavedSteps(): undefined {
    return undefined;
  }

  async commit(connection: DuckDBConnection, facts: RunFacts, steps: readonly RunStep[]): Promise<void> {
    const objects = await this.#objects(connection);
    const files = objects.filter(({ path }) => path.endsWith('.parquet'));
    const own = (path: string): boolean => path.slice(path.lastIndexOf('/') + 1).startsWith(this.id);
    const foreign = objects.find(
      ({ path }) => path === RUN_FILE || (path.endsWith('.parquet') && !own(path)),
    );
    if (foreign)
      throw ioError(
        `'${foreign.path}' appeared in output '${this.target}' during the run, and this run did not write it`,
      );
    const run: RunFile = { tool: 'nearduck', id: this.id, ...facts, steps, files };
    await writeText(connection, `${this.target}/${RUN_FILE}`, runFileText(run));
  }

  discard(): void {
    rmSync(this.temporary, { recursive: true, force: true });
  }

  async describeLeftovers(
    connection: DuckDBConnection,
    abortUploads?: AbortUploads,
  ): Promise<string | undefined> {
    if (!this.#wrote) return undefined;
    const uploads = await this.#uploadsLeft(abortUploads);
    let objects: readonly OutputFile[];
    try {
      objects = await this.#objects(connection);
    } catch (error) {
      return (
        `objects of this run may be below '${this.target}', with ${this.id} in their names ` +
        `(${(error as Error).message.split('\n', 1)[0]}); ${this.#removal}${uploads}`
      );
    }
    if (objects.some(({ path }) => path === RUN_FILE))
      return `the output below '${this.target}' is complete all the same: its ${RUN_FILE} is there`;
    const own = objects.filter(({ path }) => path.includes(this.id));
    if (own.length === 0) return uploads === '' ? undefined : `no object of this run is left${uploads}`;
    const bytes = own.reduce((sum, object) => sum + object.bytes, 0).toLocaleString('en-US');
    return (
      `${own.length.toLocaleString('en-US')} objects of this run (${bytes} bytes) are below ` +
      `'${this.target}', without the ` +
      `${RUN_FILE} that a complete one has: ${own
        .map(({ path }) => path)
        .slice(0, NAMED)
        .join(', ')}` +
      `${own.length > NAMED ? ', …' : ''}; ${this.#removal}${uploads}`
    );
  }

  /** Tells the user how to continue. */
  get #removal(): string {
    return `choose another prefix, or remove them with: ${removalCommand(this.target, this.id)}`;
  }

  /** Describes interrupted uploads. Returns an empty text when there are none. */
  async #uploadsLeft(abortUploads: AbortUploads | undefined): Promise<string> {
    let reason = 'its own secret is in charge';
    try {
      if (!isS3Path(this.target)) return '';
      if (abortUploads) {
        await abortUploads(this.target, this.id);
        return '';
      }
    } catch (error) {
      reason = (error as Error).message;
    }
    const [, bucket, prefix] = /^\w+:\/\/([^/]+)\/?(.*)$/.exec(this.target)!;
    return (
      `; parts of objects that were being written could not be cleared up (${reason}), list them with: ` +
      `aws s3api list-multipart-uploads --bucket '${bucket}' --prefix '${prefix}'`
    );
  }

  async #objects(connection: DuckDBConnection): Promise<OutputFile[]> {
    const found = await connection.runAndReadAll(
      `SELECT filename, size FROM read_blob(${quotedString(`${literalPath(this.path)}/**`)}) ORDER BY ` +
        'filename',
    );
    return found
      .getRows()
      .map(([name, size]) => ({ path: String(name).slice(this.path.length + 1), bytes: Number(size) }));
  }

  async #refuseOthers(connection: DuckDBConnection): Promise<void> {
    const other = await firstRow(
      connection,
      `SELECT file FROM glob(${quotedString(`${literalPath(this.path)}/**`)}) WHERE file <> ` +
        `${quotedString(this.#claim)} LIMIT 1`,
    );
    if (other)
      throw ioError(
        `output '${this.target}' is not empty: it contains '${String(other[0])}'; choose another prefix`,
      );
  }
}

async function writeText(connection: DuckDBConnection, path: string, text: string): Promise<void> {
  await connection.run(`SET VARIABLE file_text = ${quotedString(text)}`);
  await connection.run(`SET VARIABLE file_path = ${quotedString(path)}`);
  await connection.run(sqlScript('7_run_file'));
}

/** The command that removes all objects below a remote path, or those of one run. */
export function removalCommand(path: string, id?: string): string {
  if (!isS3Path(path)) return 'the tool of the store';
  const filter = id === undefined ? '' : ` --exclude '*' --include '*${id}*'`;
  return `aws s3 rm --recursive ${quotedWord(path)}${filter}`;
}
