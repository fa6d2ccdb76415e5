import type { Call } from '../call.ts';
import type { DeviceRows, RowRange } from '../rows/deviceRows.ts';
import type { TileGrid } from './tileGrids.ts';
import type { Operands } from './tileShader.ts';

/** What a search looks for, in rows that are on the device: one implementation per mode. Queries come batch after batch. */
export interface Matcher {
  /** Queries per batch that it has room for. */
  readonly maxRows: number;

  /** Begins with `queries`, which lie among the rows `x`. */
  start(queries: RowRange, x: DeviceRows): Promise<void>;

  /** Compares rows; the last submits may still run when it resolves: the call tracks them. */
  match(operands: Operands, grids: Iterable<TileGrid>, call: Call): Promise<void>;

  /** Has what the queries found copied to the host. Resolves once the next ones may start; the call tracks the rest. */
  finish(queries: RowRange, x: DeviceRows, call: Call): Promise<void>;
}
