import type { Kernels, Matrix } from '../kernels/kernels.ts';
import { copyStored, type StoredRows } from '../rows/storedRows.ts';

/** Makes a block of the first `rows` of the stored rows; `once` as in `UploadOptions`. */
export function uploadStored(
  kernels: Kernels,
  stored: StoredRows,
  rows: number,
  once: boolean,
): Promise<Matrix> {
  const fill = (target: Float32Array, start: number, end: number): void =>
    copyStored(stored, start, end, target);
  return kernels.upload(rows, stored.store.dim, fill, { stored, once });
}
