import { invalidInputError } from './errors.ts';

const UNITS: Record<string, number> = {
  '': 1, b: 1, byte: 1, bytes: 1,
  kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12,
  kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40,
}; // prettier-ignore

/**
 * Bytes in a size as DuckDB writes it: `1.5 GiB`, `512MB`; `what` is what an error calls it. @throws
 * NearduckError (Invalid Input Error).
 */
export function parseBytes(text: string, what = 'memory limit'): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const bytes = Number(match?.[1]) * (UNITS[match?.[2].toLowerCase() ?? ''] ?? NaN);
  if (!(bytes >= 1e6)) {
    throw invalidInputError(
      `${what} must be a size of at least 1MB, such as '4GB' or '512MiB', got '${text}'`,
    );
  }
  return bytes;
}

/** `1.5 GiB`, `37.0 MiB`. */
export const sizeText = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
