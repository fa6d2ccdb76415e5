import { RowStore, type RowStoreOptions } from './rowStore.ts';
import { copyView, type RowView } from './rowView.ts';

const COPY_ROWS = 1024;

/** Copies the rows of a view, in its order, to a new store, which the caller closes. */
export function compactRows(view: RowView, options: RowStoreOptions): RowStore {
  const { dim } = view.store;
  const target = new RowStore(dim, options);
  const values = new Float32Array(COPY_ROWS * dim);
  for (let start = 0; start < view.count; start += COPY_ROWS) {
    const end = Math.min(view.count, start + COPY_ROWS);
    copyView(view, start, end, values);
    target.append(values, end - start);
  }
  target.finish();
  return target;
}
