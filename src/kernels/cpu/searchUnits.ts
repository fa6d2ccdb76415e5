import { fromStored, type StoredRows } from '../../rows/storedRows.ts';
import type { BestEarlier } from '../kernels.ts';
import { noneFound } from '../noneFound.ts';
import type { CpuMatrix } from './cpuMatrix.ts';
import { TILE_ROWS, type LaneCalls, type Unit } from './laneCalls.ts';
import { unitRanges } from './units.ts';

/** Bytes of rows a unit of a search: what a lane holds of them at a time. */
const UNIT_BYTES = 2 ** 23;

const unitRows = (dim: number): number =>
  Math.max(TILE_ROWS, Math.min(4 * TILE_ROWS, Math.floor(UNIT_BYTES / (dim * 4))));

/** Every row with the rows before it in its cluster. */
export function triangleUnits({ stored, dim }: CpuMatrix, offsets: Uint32Array): Unit[] {
  return unitRanges(offsets, unitRows(dim)).map(({ start, end, offsets, earlier }) => ({
    dim,
    rows: end - start,
    stored: fromStored(stored, start),
    base: start,
    offsets,
    earlier:
      start > earlier
        ? { rows: start - earlier, stored: fromStored(stored, earlier), base: earlier }
        : undefined,
  }));
}

/** Every row with each of the `count` rows that are stored there. */
export function rectangleUnits({ stored, dim, rows }: CpuMatrix, earlier: StoredRows, count: number): Unit[] {
  const size = unitRows(dim);
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => {
    const start = i * size;
    return {
      dim,
      rows: Math.min(size, rows - start),
      stored: fromStored(stored, start),
      base: start,
      earlier: { rows: count, stored: earlier, base: 0 },
    };
  });
}

/** Has the lanes search the units, each the next one as it gets free. */
export async function searchUnits(
  lanes: readonly LaneCalls[],
  units: readonly Unit[],
  rows: number,
): Promise<BestEarlier> {
  const best = noneFound(rows);
  let next = 0;
  const work = async (lane: LaneCalls): Promise<void> => {
    while (next < units.length) {
      const unit = units[next++];
      const found = await lane.best(unit);
      best.score.set(found.score, unit.base);
      best.index.set(found.index, unit.base);
    }
  };
  await Promise.all(lanes.flatMap((lane) => Array.from({ length: lane.ahead }, () => work(lane))));
  return best;
}
