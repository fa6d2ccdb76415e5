/** Typed arrays by name: the result of a step. */
export type NamedArrays = Readonly<Record<string, Float32Array | Float64Array | Int32Array>>;

/** Stores the results of a run's steps, so that a resumed run need not compute them again. */
export interface Checkpoint {
  /** Returns the arrays saved under a name. Undefined when there are none, or they are incomplete. */
  load(name: string): NamedArrays | undefined;
  /** Saves arrays atomically. */
  save(name: string, arrays: NamedArrays): void;
  /**
   * Like `save`, but writes the arrays only when something else is saved. For arrays that are useless alone.
   */
  saveLater(name: string, arrays: NamedArrays): void;
}

/** Returns the arrays saved under a name, or computes and saves them. */
export async function loadOrCompute<T extends NamedArrays>(
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
  /** All rows in an order that does not depend on how they were read. Values are saved in this order. */
  readonly order: Int32Array;
}

/** Reorders values by row to the order in which they are saved. */
export function toSavedOrder<T extends Float32Array | Int32Array>(values: T, order: Int32Array): T {
  const kept = values.slice() as T;
  for (let i = 0; i < order.length; i++) kept[i] = values[order[i]];
  return kept;
}

/** Reorders saved values to values by row. */
export function fromSavedOrder<T extends Float32Array | Int32Array>(kept: T, order: Int32Array): T {
  const values = kept.slice() as T;
  for (let i = 0; i < order.length; i++) values[order[i]] = kept[i];
  return values;
}
