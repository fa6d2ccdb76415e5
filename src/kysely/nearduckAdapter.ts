import { DialectAdapterBase } from 'kysely';

/** The capabilities of DuckDB that differ from those of other databases. */
export class NearduckAdapter extends DialectAdapterBase {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  override get supportsReturning(): boolean {
    return true;
  }

  /**
   * Does nothing: only one process can write a DuckDB file, and this driver has one connection, so no
   * migrations run concurrently.
   */
  override async acquireMigrationLock(): Promise<void> {}

  override async releaseMigrationLock(): Promise<void> {}
}
