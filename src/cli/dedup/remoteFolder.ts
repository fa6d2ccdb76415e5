import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quotedString } from '@duckdb/node-api';
import { ioError } from '../../errors.ts';
import { SQL_DIRECTORY, type Session } from '../../session/session.ts';
import type { OutputFolder } from './outputFolder.ts';

/** A prefix on an object store: files go straight to it, and a manifest, written last, says that they are all there. */
export class RemoteFolder implements OutputFolder {
  readonly target: string;
  readonly path: string;
  readonly temporary: string;

  constructor(target: string, overwrite: boolean) {
    if (overwrite) {
      throw ioError(
        `output '${target}' is on an object store, where --overwrite would leave old files among new ones; choose another prefix`,
      );
    }
    this.target = target.replace(/\/+$/, '');
    this.path = this.target;
    this.temporary = mkdtempSync(join(tmpdir(), 'nearduck-'));
  }

  async prepare({ connection }: Session): Promise<void> {
    const found = await connection.runAndReadAll(
      `SELECT file FROM glob(${quotedString(`${this.path}/**`)}) LIMIT 1`,
    );
    const [file] = found.getRows()[0] ?? [];
    if (file === undefined) return;
    throw ioError(`output '${this.target}' is not empty: there is '${String(file)}'; choose another prefix`);
  }

  async commit({ connection }: Session): Promise<void> {
    await connection.run(`SET VARIABLE output = ${quotedString(this.path)}`);
    await connection.run(readFileSync(new URL('7_manifest.sql', SQL_DIRECTORY), 'utf8'));
  }

  discard(): void {
    rmSync(this.temporary, { recursive: true, force: true });
  }
}
