import { Usage, type GpuDevice } from './gpuDevice.ts';
import type { GpuMatrix } from './gpuMatrix.ts';
import { halfPipelines, type HalfPipelines, type HalfProducts } from './halfPipelines.ts';
import { HalfRows } from './halfRows.ts';
import { HalfSearch } from './halfSearch.ts';
import { bestBuffers, type BestBuffers, type Matcher, type TileSide } from './matcher.ts';
import { pacedBatches } from './pacedBatches.ts';
import { Pacer } from './pacer.ts';
import type { Readback } from './readback.ts';
import type { TileGrid } from './tileGrids.ts';

const PARTIAL_BYTES = 8;
/** Candidates one submit has room for; 12 bytes each. */
const CAPACITY = 2 ** 22;
/** Candidates to expect of a row and tile: mostly one, seldom more. */
const EXPECTED = 4;

/**
 * The search with half-precision products: they propose, float32 ones decide. Three passes: the largest approximate score
 * of each row; the columns that, within the bound of the error, may be as good; the float32 scores of those.
 */
export class HalfMatch implements Matcher {
  /** All: each search waits to see whether there was room for its candidates. */
  readonly pieceRows = Infinity;
  readonly #gpu: GpuDevice;
  readonly #side: TileSide;
  readonly #pipelines: HalfPipelines;
  readonly #exact: Matcher;
  readonly #readback: Readback;
  readonly #capacity: number;
  readonly #proposing = new Pacer();
  readonly #collecting = new Pacer();
  /** Rows too alike for half precision: the next search over them would most likely be for nothing as well. */
  readonly #alike = new WeakSet<GpuMatrix>();
  #redone = 0;

  private constructor(
    gpu: GpuDevice,
    side: TileSide,
    pipelines: HalfPipelines,
    exact: Matcher,
    readback: Readback,
    capacity: number,
  ) {
    this.#gpu = gpu;
    this.#side = side;
    this.#pipelines = pipelines;
    this.#exact = exact;
    this.#readback = readback;
    this.#capacity = capacity;
  }

  /** `exact` takes over where more candidates turn up than the `capacity` of a submit. */
  static async create(
    gpu: GpuDevice,
    side: TileSide,
    products: HalfProducts,
    exact: Matcher,
    readback: Readback,
    capacity = CAPACITY,
  ): Promise<HalfMatch> {
    const pipelines = await halfPipelines(gpu, side, products);
    return new HalfMatch(gpu, side, pipelines, exact, readback, capacity);
  }

  /** Searches that `exact` had to do. */
  get redone(): number {
    return this.#redone;
  }

  async search(
    x: GpuMatrix,
    y: GpuMatrix,
    grids: Iterable<TileGrid>,
    bias?: Float32Array,
  ): Promise<BestBuffers[]> {
    const plan = [...grids];
    const best = this.#alike.has(x) ? undefined : await this.#propose(x, y, plan, bias);
    if (best) return best;
    this.#alike.add(x);
    x.freeHalf();
    this.#redone++;
    return this.#exact.search(x, y, plan, bias);
  }

  /** The results, or undefined where there were more candidates than there is room for. */
  async #propose(
    x: GpuMatrix,
    y: GpuMatrix,
    plan: readonly TileGrid[],
    bias?: Float32Array,
  ): Promise<BestBuffers[] | undefined> {
    const gpu = this.#gpu;
    const { convert } = this.#pipelines;
    const search = await HalfSearch.create(gpu, this.#pipelines, this.#side, this.#capacity, {
      x,
      y,
      xHalf: await HalfRows.of(gpu, convert, x),
      yHalf: await HalfRows.of(gpu, convert, y),
      biased: bias !== undefined,
      bias: await gpu.write('bias', bias ?? new Float32Array(1), Usage.storage),
      maxBias: bias?.reduce((most, value) => Math.max(most, Math.abs(value)), 0) ?? 0,
      best: await bestBuffers(gpu, x),
    });
    const side = this.#side;
    const tileWork = side ** 2 * x.width * 4;
    const partials = Math.floor(gpu.maxBufferBytes / (side * PARTIAL_BYTES));
    const proposing = { pacer: this.#proposing, side, tileWork, room: partials };
    await pacedBatches(plan, proposing, (batch) => search.propose(batch));
    await search.threshold();
    const room = Math.max(1, Math.floor(this.#capacity / (EXPECTED * side)));
    const collecting = { pacer: this.#collecting, side, tileWork, room };
    await pacedBatches(plan, collecting, (batch) => search.collect(batch));
    return (await search.overflowed(this.#readback)) ? undefined : search.best;
  }
}
