import { MAX_WORKGROUPS } from './gpuDevice.ts';
import type { Pacer } from './pacer.ts';
import { TileBatches, WORDS, type TileBatch } from './tileBatches.ts';
import type { TileGrid } from './tileGrids.ts';

/** How to cut tiles into submits. */
export interface Pace {
  readonly pacer: Pacer;
  /** Rows and columns of a tile. */
  readonly side: number;
  /** Multiply-adds a tile. */
  readonly tileWork: number;
  /** Tiles that the buffers of one submit have room for. */
  readonly room: number;
}

/**
 * Submits all tiles of `grids`, batch after batch; the last two may still be under way when it resolves, and what is
 * submitted next comes after them. `submit` wraps the promise of the end, because awaiting the submission must not wait for
 * it.
 */
export async function pacedBatches(
  grids: Iterable<TileGrid>,
  { pacer, side, tileWork, room }: Pace,
  submit: (batch: TileBatch) => Promise<{ done: Promise<void> }>,
): Promise<void> {
  const batches = new TileBatches(grids, side);
  for (;;) {
    const affordable = Math.floor(pacer.budget / tileWork);
    const batch = batches.take(Math.max(1, Math.min(affordable, room, MAX_WORKGROUPS)));
    if (batch === undefined) break;
    const { done } = await submit(batch);
    await pacer.submitted((batch.items.length / WORDS) * tileWork, done);
  }
}
