/** True for paths that DuckDB reads through httpfs with an S3 secret. */
export function isS3Path(path: string): boolean {
  return /^s3[an]?:\/\//i.test(path);
}
