// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/** Options of `read_npy`. */
export interface ReadNpyOptions {
  /** the array to read of a .npz with several; a compressed one is inflated into temp_directory first; default: none */
  readonly arrayName?: string;
  /** number of the first row, where these are some of several files; default: 0 */
  readonly firstRow?: number | bigint;
}

/** A row of `read_npy`. */
export interface ReadNpyRow {
  row: bigint;
  embedding: number[];
}

/**
 * Reads NumPy arrays of float16, float32 or float64 (.npy, .npz). It streams the rows; it does not load the array into memory. Returns row BIGINT (from first_row, counted on from file to file), embedding FLOAT[n] (float64 is rounded).
 * @param path a local file, a folder of files, a glob, or a list of these
 */
export function readNpy(path: string | readonly string[], options?: ReadNpyOptions): RawBuilder<ReadNpyRow> {
  return tableCall('read_npy', [], path, options);
}
