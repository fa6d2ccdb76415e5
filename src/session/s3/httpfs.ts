import type { DuckDBConnection } from '@duckdb/node-api';
import { ioError } from '../../errors.ts';

/**
 * Loads DuckDB's httpfs extension, downloading it the first time.
 * @throws NearduckError (IO Error) saying how to bring a copy where DuckDB's extension host cannot be reached.
 */
export async function loadHttpfs(connection: DuckDBConnection): Promise<void> {
  if (await isLoaded(connection)) return;
  try {
    await connection.run('LOAD httpfs');
    return;
  } catch {
    // Not installed yet.
  }
  try {
    await connection.run('INSTALL httpfs');
    await connection.run('LOAD httpfs');
  } catch (cause) {
    const [version, platform, folder] = await place(connection);
    throw ioError(
      `s3:// paths need DuckDB's httpfs extension, which could not be installed (${firstLine(cause)}); ` +
        `where extensions.duckdb.org cannot be reached, put httpfs.duckdb_extension for ${platform} of DuckDB ${version} ` +
        `into ${folder}/${version}/${platform}/, or name a mirror with SET custom_extension_repository = '…'`,
      cause,
    );
  }
}

async function isLoaded(connection: DuckDBConnection): Promise<boolean> {
  const reader = await connection.runAndReadAll(
    `SELECT count(*) > 0 FROM duckdb_extensions() WHERE extension_name = 'httpfs' AND loaded`,
  );
  return reader.getRows()[0][0] === true;
}

async function place(connection: DuckDBConnection): Promise<string[]> {
  const reader = await connection.runAndReadAll(
    `SELECT version(), platform, coalesce(nullif(current_setting('extension_directory'), ''), '~/.duckdb/extensions')
     FROM pragma_platform()`,
  );
  return reader.getRows()[0].map(String);
}

const firstLine = (error: unknown): string => String((error as Error).message).split('\n', 1)[0];
