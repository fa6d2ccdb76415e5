import type { DuckDBConnection } from '@duckdb/node-api';
import { oneValue } from '../../queryValues.ts';

/** Seconds for which a failed request is retried. */
export const DEFAULT_PATIENCE = 300;

/** Milliseconds before the third try. The second try follows the first immediately. */
const FIRST_WAIT_MS = 250;
/** Each wait is longer by this factor. A small one gives many tries and a short last wait. */
const BACKOFF = 1.3;

/** DuckDB's settings for retrying failed requests. */
export interface RetrySettings {
  readonly http_retries: number;
  readonly http_retry_wait_ms: number;
  readonly http_retry_backoff: number;
}

/** DuckDB's defaults: four tries in half a second. */
export const DUCKDB_RETRIES: RetrySettings = {
  http_retries: 3,
  http_retry_wait_ms: 100,
  http_retry_backoff: 4,
};

/** Returns settings whose waits between the tries of one request add up to at least `seconds`. */
export function patientSettings(seconds: number): RetrySettings {
  const waits = Math.ceil(Math.log(1 + (seconds * 1000 * (BACKOFF - 1)) / FIRST_WAIT_MS) / Math.log(BACKOFF));
  return { http_retries: waits + 1, http_retry_wait_ms: FIRST_WAIT_MS, http_retry_backoff: BACKOFF };
}

/** Sets DuckDB's retries for all connections of the instance. */
export async function setRetries(connection: DuckDBConnection, settings: RetrySettings): Promise<void> {
  for (const [name, value] of Object.entries(settings)) await connection.run(`SET GLOBAL ${name} = ${value}`);
}

/** Returns false when the user has changed one of the settings, or has locked the configuration. */
export async function mayChangeRetries(connection: DuckDBConnection): Promise<boolean> {
  const untouched = Object.entries(DUCKDB_RETRIES).map(
    ([name, value]) => `current_setting('${name}') = ${value}`,
  );
  const isFree = `SELECT NOT current_setting('lock_configuration') AND ${untouched.join(' AND ')}`;
  return (await oneValue(connection, isFree)) === true;
}
