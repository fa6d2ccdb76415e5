import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { firstLine, ioError } from '../../errors.ts';
import { firstRow, oneValue } from '../../queryValues.ts';

/**
 * Loads DuckDB's httpfs extension, and downloads it the first time. `source` is a `.duckdb_extension` file,
 * or a mirror of DuckDB's extension host (a URL or a folder). Default: the environment variable
 * NEARDUCK_HTTPFS.
 * @throws NearduckError (IO Error) when it cannot be loaded; the message explains how to provide a copy.
 */
export async function loadHttpfs(
  connection: DuckDBConnection,
  source: string | undefined = process.env.NEARDUCK_HTTPFS,
): Promise<void> {
  if ((await oneValue(connection, IS_LOADED)) === true) return;
  const isFile = source?.toLowerCase().endsWith('.duckdb_extension') === true;
  try {
    if (isFile) await connection.run(`LOAD ${quotedString(source)}`);
    else await installAndLoad(connection, source);
  } catch (cause) {
    const from = source ? ` from '${source}'` : '';
    const [version, platform, folder] = (await firstRow(connection, PLACE)).map(String);
    throw ioError(
      `s3:// paths need DuckDB's httpfs extension, which could not be ` +
        `${isFile ? 'loaded' : 'installed'}${from} (${firstLine(cause)}); if extensions.duckdb.org cannot ` +
        `be reached, get httpfs.duckdb_extension for ${platform} of DuckDB ${version} and name that file, ` +
        `or a mirror, with --httpfs or NEARDUCK_HTTPFS, or put it into ${folder}/${version}/${platform}/`,
      cause,
    );
  }
}

async function installAndLoad(connection: DuckDBConnection, mirror: string | undefined): Promise<void> {
  try {
    await connection.run('LOAD httpfs');
  } catch {
    // Not installed yet.
    await connection.run(`INSTALL httpfs${mirror ? ` FROM ${quotedString(mirror)}` : ''}`);
    await connection.run('LOAD httpfs');
  }
}

const IS_LOADED = `SELECT count(*) > 0 FROM duckdb_extensions() WHERE extension_name = 'httpfs' AND loaded`;

/** DuckDB's version and platform, and the folder of its extensions. */
const PLACE = `
  SELECT version(), platform, coalesce(nullif(current_setting('extension_directory'), ''), '~/.duckdb/extensions')
  FROM pragma_platform()`;
