import { copyView, type RowView } from '../../../rows/rowView.ts';
import type { Call } from '../call.ts';
import { STAGING_BYTES, type Staging } from '../device/staging.ts';
import { paddedDim, type RowRange } from './deviceRows.ts';

/** Copies rows of a view from the host to the start of `target`. Resolves once the copies are submitted. */
export async function uploadRows(
  staging: Staging,
  view: RowView,
  { start, end }: RowRange,
  target: GPUBuffer,
  call: Call,
): Promise<void> {
  const { dim } = view.store;
  const padded = paddedDim(dim);
  const most = Math.max(1, Math.floor(STAGING_BYTES / (padded * 4)));
  const unpadded = padded === dim ? undefined : new Float32Array(Math.min(most, end - start) * dim);
  for (let from = start; from < end; from += most) {
    call.check();
    const to = Math.min(end, from + most);
    await staging.write(target, (from - start) * padded * 4, (to - from) * padded * 4, (into) => {
      copyView(view, from, to, unpadded ?? into);
      if (unpadded) copyPadded(unpadded, dim, into, padded, to - from);
    });
    call.report();
  }
}

/** Copies rows of `dim` values to rows of `padded` values, and fills the rest with zeros. */
function copyPadded(from: Float32Array, dim: number, to: Float32Array, padded: number, rows: number): void {
  for (let row = 0; row < rows; row++) {
    to.set(from.subarray(row * dim, (row + 1) * dim), row * padded);
    to.fill(0, row * padded + dim, (row + 1) * padded);
  }
}
