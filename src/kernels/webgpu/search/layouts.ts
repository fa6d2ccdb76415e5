import { constants, Layout } from '../device/layout.ts';

/**
 * The uniforms of `bestTile.wgsl`: vec4s per row (`width`, a multiple of STEP), the number of the first row
 * of y in the targets (`yBase`), and whether to add the bias (`biased`, 1 or 0).
 */
export const TileParams = new Layout('Params', { width: 'u32', yBase: 'u32', biased: 'u32' });

/**
 * One tile: `rows` rows of x, from `xRow` on, against `columns` rows of y, from `yRow` on. The bit TRIANGLE
 * in `columns` means that a row is only compared with the columns before it.
 */
export const Tile = new Layout('Tile', { xRow: 'u32', yRow: 'u32', rows: 'u32', columns: 'u32' });

/**
 * The tiles of the same rows of x in column order: `tiles` tiles, from number `firstTile` on. The bit RESUME
 * in `tiles` means that the rows already have results of earlier columns.
 */
export const RowTile = new Layout('RowTile', { xRow: 'u32', rows: 'u32', firstTile: 'u32', tiles: 'u32' });

/** The best column of one row of a tile. */
export const PartialBest = new Layout('PartialBest', { score: 'f32', index: 'u32' });

/**
 * The uniforms of `foldTop.wgsl`: the desired number of targets, the number of rows of x with results, and
 * the number of the first row of y.
 */
export const TopParams = new Layout('TopParams', { k: 'u32', rows: 'u32', yBase: 'u32' });

/** The uniforms of `aboveTiles.wgsl`: the number of the first row of y, and which pairs to list. */
export const AboveParams = new Layout('AboveParams', { yBase: 'u32', first: 'u32', room: 'u32' });

/** The bit TRIANGLE of `Tile`. */
export const TRIANGLE = 0x8000_0000;
/** The bit RESUME of `RowTile`. */
export const RESUME = 0x8000_0000;
/** The index of rows without an allowed column. It reads as −1 in an Int32Array. */
export const NONE = 0xffff_ffff;
/** The score of such rows. No score is lower. */
export const LOWEST = -3.4e38;

const NONE_FOUND = constants('u32', { NONE }) + constants('f32', { LOWEST });

/** For shaders that include `tileInputs.wgsl`. */
export const TILE_HEADER = TileParams.wgsl + Tile.wgsl + constants('u32', { TRIANGLE });
/** For `bestTile.wgsl`. */
export const BEST_TILE_HEADER = TILE_HEADER + PartialBest.wgsl + NONE_FOUND;
/** For `foldBest.wgsl`. */
export const FOLD_HEADER = RowTile.wgsl + PartialBest.wgsl + NONE_FOUND + constants('u32', { RESUME });

/** For shaders that read the scores of tiles. */
const SCORES_HEADER = `${RowTile.wgsl}${Tile.wgsl}${NONE_FOUND}${constants('u32', { RESUME, TRIANGLE })}
/** Columns of a tile that one of its rows sees. */
fn columnsOf(tile: Tile, row: u32) -> u32 {
  let columns = tile.columns & ~TRIANGLE;
  return select(columns, min(columns, row), (tile.columns & TRIANGLE) != 0);
}
`;
/** For `foldTop.wgsl`. */
export const TOP_HEADER = TopParams.wgsl + SCORES_HEADER;
/** For `aboveTiles.wgsl`. */
export const ABOVE_HEADER = AboveParams.wgsl + SCORES_HEADER;
