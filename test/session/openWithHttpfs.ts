import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

/**
 * A connection with httpfs, where it can be had: installed for this DuckDB, or named by NEARDUCK_TEST_HTTPFS, such as the
 * one in PyPI's duckdb-extension-httpfs, of a neighbouring version at your own risk.
 */
export async function openWithHttpfs(what: string): Promise<DuckDBConnection | undefined> {
  const instance = await DuckDBInstance.create(':memory:', { allow_unsigned_extensions: 'true' });
  const connection = await instance.connect();
  const path = process.env.NEARDUCK_TEST_HTTPFS;
  try {
    await connection.run(
      path ? `SET allow_extensions_metadata_mismatch = true; LOAD '${path}'` : 'LOAD httpfs',
    );
    return connection;
  } catch (error) {
    console.warn(`SKIPPED ${what}: ${(error as Error).message.split('\n', 1)[0]} (set NEARDUCK_TEST_HTTPFS)`);
    connection.closeSync();
    return undefined;
  }
}
