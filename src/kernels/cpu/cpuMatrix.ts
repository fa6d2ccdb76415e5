import { fromStored, shareList, type StoredRows } from '../../rows/storedRows.ts';
import type { FillRows, Matrix } from '../kernels.ts';
import { TILE_ROWS, type LaneCalls, type Part } from './laneCalls.ts';

/** Rows in shared memory and the lanes that look after them, each a run of whole tiles. */
export class CpuMatrix implements Matrix {
  readonly rows: number;
  readonly dim: number;
  /** The parts, one a lane in their order; fewer when there are few rows. */
  readonly parts: readonly Part[];
  readonly #stored: StoredRows;
  readonly #lanes: readonly LaneCalls[];
  readonly #onFree: () => void;
  #freed = false;

  constructor(
    id: number,
    rows: number,
    dim: number,
    stored: StoredRows,
    keep: boolean,
    lanes: readonly LaneCalls[],
    onFree: () => void,
  ) {
    this.rows = rows;
    this.dim = dim;
    this.#stored = shareList(stored, rows);
    this.#lanes = lanes;
    this.#onFree = onFree;
    const tiles = Math.ceil(rows / TILE_ROWS);
    const bound = (lane: number): number =>
      Math.min(rows, Math.floor((tiles * lane) / lanes.length) * TILE_ROWS);
    this.parts = lanes.map((_, lane) => ({
      matrix: id,
      dim,
      rows: (lane + 1 === lanes.length ? rows : bound(lane + 1)) - bound(lane),
      stored: fromStored(this.#stored, bound(lane)),
      keep,
    }));
  }

  /** @throws Error after `free`. */
  get stored(): StoredRows {
    if (this.#freed) throw new Error('matrix used after free');
    return this.#stored;
  }

  /** @throws Error after `free`. */
  get lanes(): readonly LaneCalls[] {
    if (this.#freed) throw new Error('matrix used after free');
    return this.#lanes;
  }

  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    const [{ matrix, keep }] = this.parts;
    // A lane that cannot let go has failed, and says so at the next call.
    if (keep) for (const lane of this.#lanes) lane.release(matrix).catch(() => {});
    this.#onFree();
  }
}

/** Rows that `fill` writes, in shared memory of their own. */
export function share(rows: number, dim: number, fill: FillRows): StoredRows {
  const block = new Float32Array(new SharedArrayBuffer(rows * dim * 4));
  if (rows > 0) fill(block, 0, rows);
  const blockRows = Math.max(rows, 1);
  return { store: { dim, rows, blockRows, blocks: [block], firstInFile: Infinity }, start: 0 };
}
