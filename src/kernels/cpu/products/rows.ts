/** Float32 rows in SIMD memory. */
export interface Rows {
  readonly address: number;
  readonly rows: number;
}
