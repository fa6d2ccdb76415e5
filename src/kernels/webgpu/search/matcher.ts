import type { Call } from '../call.ts';
import type { DeviceRows, RowRange } from '../rows/deviceRows.ts';
import type { TileGrid } from './tileGrids.ts';
import type { Operands } from './tileShader.ts';

/**
 * Computes the results of a search on the device, with one implementation per mode. Queries come batch after
 * batch.
 */
export interface Matcher {
  /** Maximum queries per batch. */
  readonly maxRows: number;

  /** Begins a batch of `queries`, which are part of the rows `x`. */
  start(queries: RowRange, x: DeviceRows): Promise<void>;

  /** Compares rows. The last submits may still run when it resolves; the call tracks them. */
  match(operands: Operands, grids: Iterable<TileGrid>, call: Call): Promise<void>;

  /**
   * Copies the results of the queries to the host. Resolves once the next batch may start; the call tracks
   * the rest.
   */
  finish(queries: RowRange, x: DeviceRows, call: Call): Promise<void>;
}
