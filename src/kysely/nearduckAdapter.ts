import { DialectAdapterBase } from 'kysely';

/** The capabilities of DuckDB that differ from those of other databases. */
export class NearduckAdapter extends DialectAdapterBase {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  override get supportsReturning(): boolean {
    return true;
  }

  /** Does nothing: this driver has one connection, and one process writes a DuckDB file. */
  override async acquireMigrationLock(): Promise<void> {}

  override async releaseMigrationLock(): Promise<void> {}
}
