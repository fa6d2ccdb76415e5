/** True for an http(s) address. It has no wildcards, and the files beside it cannot be listed. */
export const isWebPath = (path: string): boolean => /^https?:\/\//i.test(path);

/** True for a URL, such as `s3://bucket/prefix`, rather than a path of the local file system. */
export const isRemote = (path: string): boolean => /^[a-z][a-z0-9+]*:\/\//i.test(path);

/** True for paths that DuckDB reads through httpfs with an S3 secret. */
export function isS3Path(path: string): boolean {
  return /^s3[an]?:\/\//i.test(path);
}

/** True for paths with wildcards. */
export const hasGlob = (path: string): boolean => wildcards(path).test(path);

/** Escapes a name as a glob that matches only this name, like the macro literal_path. */
export const literalPath = (path: string): string =>
  isWebPath(path) ? path : path.replaceAll(wildcards(path), (character) => `[${character}]`);

/** In a URL a question mark begins the parameters, in DuckDB's s3:// too. */
export const wildcards = (path: string): RegExp => (isRemote(path) ? /[*[]/g : /[*?[]/g);
