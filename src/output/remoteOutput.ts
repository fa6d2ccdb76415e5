import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { ioError } from '../errors.ts';
import { literalPath } from '../paths.ts';
import { sqlScript } from '../sqlScripts.ts';
import type { OutputFolder, OutputOptions, RunFacts } from './outputFolder.ts';
import { runFileText, type OutputFile, type RunFile, type RunStep } from './runFile.ts';
import { newId } from './workspace.ts';

/**
 * A prefix on an object store: objects go straight to it, under names that no other run uses, and `run.json`, written
 * last, says that they are all there. Objects are not replaced, and DuckDB cannot remove any.
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
        `output '${target}' is on an object store, where no unfinished run is kept; --resume needs a local folder`,
      );
    }
    if (overwrite) {
      throw ioError(
        `output '${target}' is on an object store, where --overwrite would leave old files among new ones; choose another prefix`,
      );
    }
    this.target = target.replace(/\/+$/, '');
    this.path = this.target;
    this.temporary = mkdtempSync(join(tmpdir(), 'nearduck-'));
  }

  /** The name of the object that says who writes here. It comes first, and all runs look for others after writing theirs. */
  get #claim(): string {
    return `${this.target}/nearduck-${this.id}.json`;
  }

  /** Claims the prefix. Of two runs that begin at once neither may go on: each sees the claim of the other. */
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

  keepSteps(): undefined {
    return undefined;
  }

  async commit(connection: DuckDBConnection, facts: RunFacts, steps: readonly RunStep[]): Promise<void> {
    const found = await connection.runAndReadAll(
      `SELECT filename, size FROM read_blob(${quotedString(`${literalPath(this.path)}/**/*.parquet`)}) ORDER BY filename`,
    );
    const files: OutputFile[] = found
      .getRows()
      .map(([name, size]) => ({ path: String(name).slice(this.path.length + 1), bytes: Number(size) }));
    const own = (path: string): boolean => path.slice(path.lastIndexOf('/') + 1).startsWith(this.id);
    const foreign = files.find(({ path }) => !own(path));
    if (foreign)
      throw ioError(`output '${this.target}' got '${foreign.path}' meanwhile, which this run did not write`);
    const run: RunFile = { tool: 'nearduck', id: this.id, ...facts, steps, files };
    await writeText(connection, `${this.target}/run.json`, runFileText(run));
  }

  discard(): void {
    rmSync(this.temporary, { recursive: true, force: true });
  }

  get remains(): string | undefined {
    return this.#wrote
      ? `objects of this run may be below '${this.target}', without the run.json that a complete one has; remove them, or choose another prefix`
      : undefined;
  }

  async #refuseOthers(connection: DuckDBConnection): Promise<void> {
    const found = await connection.runAndReadAll(
      `SELECT file FROM glob(${quotedString(`${literalPath(this.path)}/**`)}) WHERE file <> ${quotedString(this.#claim)} LIMIT 1`,
    );
    const [file] = found.getRows()[0] ?? [];
    if (file === undefined) return;
    throw ioError(`output '${this.target}' is not empty: there is '${String(file)}'; choose another prefix`);
  }
}

async function writeText(connection: DuckDBConnection, path: string, text: string): Promise<void> {
  await connection.run(`SET VARIABLE file_text = ${quotedString(text)}`);
  await connection.run(`SET VARIABLE file_path = ${quotedString(path)}`);
  await connection.run(sqlScript('7_run_file'));
}
