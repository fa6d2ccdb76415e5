import type { PairList } from '../../../pairList.ts';
import type { Call } from '../../call.ts';
import { dispatch } from '../../device/dispatch.ts';
import { Usage, type GpuDevice } from '../../device/gpuDevice.ts';
import type { Readback } from '../../device/readback.ts';
import { shader } from '../../device/shader.ts';
import type { DeviceRows, RowRange } from '../../rows/deviceRows.ts';
import { ABOVE_HEADER, AboveParams, LOWEST, RowTile } from '../layouts.ts';
import type { Matcher } from '../matcher.ts';
import type { TileGrid } from '../tileGrids.ts';
import type { Operands, TileSide } from '../tileShader.ts';
import type { Scored, ScoreTiles } from './scoreTiles.ts';

/** Maximum number of pairs listed at a time. */
const MAX_LISTED_PAIRS = 2 ** 20;

/** The shaders that count and list sufficient scores. */
export interface AbovePipelines {
  readonly count: GPUComputePipeline;
  readonly list: GPUComputePipeline;
}

/** Compiles the shaders for tiles of `side` rows and columns. */
export async function abovePipelines(gpu: GpuDevice, side: TileSide): Promise<AbovePipelines> {
  const code = shader(new URL('./aboveTiles.wgsl', import.meta.url), { header: ABOVE_HEADER });
  const [count, list] = await Promise.all(
    ['countAbove', 'listAbove'].map((name) => gpu.pipeline(code, name, { TILE: side })),
  );
  return { count, list };
}

/** Options of a search for all targets that reach a score. */
export interface AboveOptions {
  /** The minimum score per query. */
  readonly minScore: Float32Array;
  /** Maximum number of pairs. More pairs are only counted. */
  readonly limit: number;
  /** Receives the pairs. */
  readonly pairs: PairList;
  /** Added to the scores. */
  readonly bias: Float32Array | undefined;
}

/** All targets of each query that reach its minimum score. */
export class AboveMatcher implements Matcher {
  readonly maxRows = Infinity;
  /** Number of pairs found so far. */
  count = 0;
  readonly #gpu: GpuDevice;
  readonly #readback: Readback;
  readonly #scoreTiles: ScoreTiles;
  readonly #pipelines: AbovePipelines;
  readonly #least: Float32Array;
  readonly #limit: number;
  readonly #pairs: PairList;
  readonly #bias: Float32Array | undefined;
  #leastOfRows: GPUBuffer | undefined;

  constructor(
    device: { readonly gpu: GpuDevice; readonly readback: Readback },
    scoreTiles: ScoreTiles,
    pipelines: AbovePipelines,
    { minScore, limit, pairs, bias }: AboveOptions,
  ) {
    this.#gpu = device.gpu;
    this.#readback = device.readback;
    this.#scoreTiles = scoreTiles;
    this.#pipelines = pipelines;
    // Shaders support neither infinity nor NaN.
    this.#least = minScore.map((score) =>
      score >= LOWEST ? Math.min(score, -LOWEST) : score < LOWEST ? LOWEST : -LOWEST,
    );
    this.#limit = limit;
    this.#pairs = pairs;
    this.#bias = bias;
  }

  async start(queries: RowRange, x: DeviceRows): Promise<void> {
    const least = new Float32Array(x.end - x.start);
    least.set(this.#least.subarray(queries.start, queries.end), queries.start - x.start);
    this.#leastOfRows = await this.#gpu.write('least scores', least, Usage.storage);
  }

  async match(operands: Operands, grids: Iterable<TileGrid>, call: Call): Promise<void> {
    await this.#scoreTiles.search(operands, grids, call, async (scored) => {
      const counts = await this.#countPairs(scored);
      const first = new Uint32Array(counts.length);
      let found = 0;
      for (let i = 0; i < counts.length; i++) {
        first[i] = found;
        found += counts[i];
      }
      this.count += found;
      if (this.count > this.#limit) this.#pairs.clear();
      else if (found > 0) await this.#list(scored, operands, counts, first, found, call);
      return { end: Promise.resolve() };
    });
  }

  async finish(): Promise<void> {}

  /** Counts the pairs per row of the row tiles. */
  async #countPairs(scored: Scored): Promise<Uint32Array> {
    const gpu = this.#gpu;
    const rows = scored.rowTileCount * this.#scoreTiles.side;
    const usage = Usage.storage | Usage.copySource | Usage.copyTarget;
    const counts = await gpu.scratch('pair counts', rows * 4, usage);
    const group = gpu.bind(this.#pipelines.count, await this.#inputs(scored, counts));
    gpu.enqueue((encoder) => {
      const pass = encoder.beginComputePass();
      scored.encode(pass);
      dispatch(pass, this.#pipelines.count, group, scored.rowTileCount);
      pass.end();
    });
    const read = new Uint32Array(rows);
    await this.#readback.read(counts, rows * 4, (bytes, offset) =>
      read.set(new Uint32Array(bytes), offset / 4),
    );
    return read;
  }

  async #list(
    scored: Scored,
    { x, y }: Operands,
    counts: Uint32Array,
    first: Uint32Array,
    found: number,
    call: Call,
  ): Promise<void> {
    const gpu = this.#gpu;
    const usage = Usage.storage | Usage.copySource | Usage.copyTarget;
    const rows = rowsOf(scored, x, counts, this.#scoreTiles.side);
    const starts = await gpu.write('pair counts', first, usage);
    for (let from = 0; from < found; from += MAX_LISTED_PAIRS) {
      call.check();
      const room = Math.min(MAX_LISTED_PAIRS, found - from);
      const params = AboveParams.pack({ yBase: y.start, first: from, room });
      const score = await gpu.scratch('found scores', room * 4, usage);
      const index = await gpu.scratch('found indexes', room * 4, usage);
      const group = gpu.bind(this.#pipelines.list, {
        ...(await this.#inputs(scored, starts)),
        0: await gpu.write('above parameters', params, Usage.uniform),
        6: score,
        7: index,
      });
      gpu.enqueue((encoder) => {
        const pass = encoder.beginComputePass();
        dispatch(pass, this.#pipelines.list, group, scored.rowTileCount);
        pass.end();
      });
      const scores = new Float32Array(room);
      const indexes = new Int32Array(room);
      await this.#readback.read(score, room * 4, (bytes, at) => scores.set(new Float32Array(bytes), at / 4));
      await this.#readback.read(index, room * 4, (bytes, at) => indexes.set(new Int32Array(bytes), at / 4));
      const bias = this.#bias;
      if (bias) for (let i = 0; i < room; i++) scores[i] -= bias[indexes[i]];
      this.#pairs.append(rows.subarray(from, from + room), indexes, scores);
    }
  }

  /** Bindings 1 to 5. */
  async #inputs(scored: Scored, counts: GPUBuffer): Promise<Record<number, GPUBuffer>> {
    return { 1: scored.rowTiles, 2: scored.tiles, 3: scored.scores, 4: this.#leastOfRows!, 5: counts };
  }
}

/** Returns the query of each pair, in the order of the row tiles. */
function rowsOf(
  { batch, rowTileCount }: Scored,
  x: DeviceRows,
  counts: Uint32Array,
  side: number,
): Int32Array {
  const rows = new Int32Array(counts.reduce((sum, count) => sum + count, 0));
  let at = 0;
  for (let tile = 0; tile < rowTileCount; tile++) {
    const { xRow } = RowTile.read(batch.rowTiles, tile);
    for (let row = 0; row < side; row++) {
      const count = counts[tile * side + row];
      rows.fill(x.start + xRow + row, at, at + count);
      at += count;
    }
  }
  return rows;
}
