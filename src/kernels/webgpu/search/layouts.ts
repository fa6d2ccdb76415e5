import { constants, Layout } from '../device/layout.ts';

/**
 * What `bestTile.wgsl` is told: vec4s per row (`width`, a multiple of STEP), the number of the first row of y in the
 * targets (`yBase`), and whether to add the bias (`biased`, 1 or 0).
 */
export const TileParams = new Layout('Params', { width: 'u32', yBase: 'u32', biased: 'u32' });

/**
 * One tile: `rows` rows of x from `xRow` on against `columns` rows of y from `yRow` on. `columns` has TRIANGLE added
 * where a row may only see the columns before it.
 */
export const Tile = new Layout('Tile', { xRow: 'u32', yRow: 'u32', rows: 'u32', columns: 'u32' });

/**
 * The tiles of the same rows of x, in column order: `tiles` tiles from number `firstTile` on. `tiles` has RESUME added
 * where the rows already have results of earlier columns.
 */
export const RowTile = new Layout('RowTile', { xRow: 'u32', rows: 'u32', firstTile: 'u32', tiles: 'u32' });

/** The best column of one row of a tile. */
export const PartialBest = new Layout('PartialBest', { score: 'f32', index: 'u32' });

export const TRIANGLE = 0x8000_0000;
export const RESUME = 0x8000_0000;
/** The index where no column was allowed; it reads as −1 in an Int32Array. */
export const NONE = 0xffff_ffff;
/** The score there. */
const LOWEST = -3.4e38;

const SHARED = PartialBest.wgsl + constants('u32', { NONE }) + constants('f32', { LOWEST });

export const TILE_HEADER = TileParams.wgsl + Tile.wgsl + SHARED + constants('u32', { TRIANGLE });
export const FOLD_HEADER = RowTile.wgsl + SHARED + constants('u32', { RESUME });
