import { MAX_WORKGROUPS } from '../device/gpuDevice.ts';
import { Tile } from './layouts.ts';
import type { Pacer } from './pacer.ts';
import { TileBatches, type TileBatch } from './tileBatches.ts';
import type { TileGrid } from './tileGrids.ts';

/** How tiles are grouped into submits. */
export interface PacingOptions {
  readonly pacer: Pacer;
  /** Rows and columns per tile. */
  readonly side: number;
  /** Multiply-adds per tile. */
  readonly tileWork: number;
  /** Maximum number of tiles per submit, limited by its buffers. */
  readonly maxTiles: number;
}

/**
 * Submits all tiles of `grids`, batch after batch. The last two batches may still run when it resolves; later
 * submits run after them. `submit` wraps the promise of the end in an object, because awaiting the submit
 * must not wait for the end.
 */
export async function pacedBatches(
  grids: Iterable<TileGrid>,
  { pacer, side, tileWork, maxTiles }: PacingOptions,
  submit: (batch: TileBatch) => Promise<{ end: Promise<void> }>,
): Promise<void> {
  const batches = new TileBatches(grids, side);
  for (;;) {
    const affordable = Math.floor(pacer.budget / tileWork);
    const batch = batches.take(Math.max(1, Math.min(affordable, maxTiles, MAX_WORKGROUPS)));
    if (batch === undefined) break;
    const { end } = await submit(batch);
    await pacer.submitted((batch.tiles.length / Tile.words) * tileWork, end);
  }
}
