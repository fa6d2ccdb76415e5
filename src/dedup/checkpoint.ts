/** Typed arrays by name: what a step has computed. */
export type Arrays = Readonly<Record<string, Float32Array | Float64Array | Int32Array>>;

/** Keeps what steps of a run have computed, so that a run that goes on need not compute it again. */
export interface Checkpoint {
  /** What was kept under a name; undefined when nothing was, or not all of it. */
  load(name: string): Arrays | undefined;
  /** Keeps arrays, all of them or none. */
  save(name: string, arrays: Arrays): void;
  /** As `save`, but only once something else is saved: for arrays that are worth nothing alone. */
  saveLater(name: string, arrays: Arrays): void;
}

/** What was kept under a name; or what `compute` returns, which is kept then. */
export async function keep<T extends Arrays>(
  checkpoint: Checkpoint | undefined,
  name: string,
  compute: () => Promise<T>,
): Promise<T> {
  const known = checkpoint?.load(name) as T | undefined;
  if (known) return known;
  const arrays = await compute();
  checkpoint?.save(name, arrays);
  return arrays;
}

/** A checkpoint for values by row. */
export interface RowCheckpoint {
  readonly checkpoint: Checkpoint;
  /** All rows, in an order that does not depend on how they were read: rows are kept in this order. */
  readonly order: Int32Array;
}

/** The values of the rows, in the order that rows are kept in. */
export function inKeptOrder<T extends Float32Array | Int32Array>(values: T, order: Int32Array): T {
  const kept = values.slice() as T;
  for (let i = 0; i < order.length; i++) kept[i] = values[order[i]];
  return kept;
}

/** The values by row again, from the order that rows are kept in. */
export function byRow<T extends Float32Array | Int32Array>(kept: T, order: Int32Array): T {
  const values = kept.slice() as T;
  for (let i = 0; i < order.length; i++) values[order[i]] = kept[i];
  return values;
}
