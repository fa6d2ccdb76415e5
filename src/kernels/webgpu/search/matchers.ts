import type { PairList } from '../../pairList.ts';
import type { Best, Top } from '../../kernels.ts';
import type { GpuDevice } from '../device/gpuDevice.ts';
import type { Readback } from '../device/readback.ts';
import type { Call } from '../call.ts';
import { BestSearch } from './best/bestSearch.ts';
import { BestMatcher } from './best/bestMatcher.ts';
import { startBest, type BatchBest } from './best/bestResults.ts';
import { AboveMatcher, abovePipelines, type AbovePipelines } from './scores/aboveMatcher.ts';
import { ScoreTiles } from './scores/scoreTiles.ts';
import { TopMatcher, topPipeline } from './scores/topMatcher.ts';
import type { TileSide } from './tileShader.ts';

/** Creates the matchers. Shaders that few calls need are compiled at first use. */
export class Matchers {
  readonly #gpu: GpuDevice;
  readonly #readback: Readback;
  readonly #side: TileSide;
  readonly #bestMatch: BestSearch;
  #scoreTiles: Promise<ScoreTiles> | undefined;
  #top: Promise<GPUComputePipeline> | undefined;
  #above: Promise<AbovePipelines> | undefined;

  private constructor(gpu: GpuDevice, readback: Readback, side: TileSide, bestMatch: BestSearch) {
    this.#gpu = gpu;
    this.#readback = readback;
    this.#side = side;
    this.#bestMatch = bestMatch;
  }

  /** `side` is the number of rows and columns per tile. */
  static async create(gpu: GpuDevice, readback: Readback, side: TileSide): Promise<Matchers> {
    return new Matchers(gpu, readback, side, await BestSearch.create(gpu, { side }));
  }

  /** Passes the best targets to `take` while they are on the device. */
  bestOf(take: (found: BatchBest, call: Call) => Promise<void>): BestMatcher {
    return new BestMatcher(this.#gpu, this.#bestMatch, take);
  }

  /** Writes the results to `best`. `bias` is added to the scores, here and below. */
  best(best: Best, bias: Float32Array | undefined): BestMatcher {
    return this.bestOf(async (found, call) => {
      const { done } = await startBest(this.#readback, found, best, bias);
      call.track(done);
    });
  }

  /** Writes the results to `top`. */
  async top(k: number, top: Top, bias: Float32Array | undefined): Promise<TopMatcher> {
    const fold = await (this.#top ??= topPipeline(this.#gpu, this.#side));
    return new TopMatcher(this.#device, await this.#scores(), fold, { k, top, bias });
  }

  /** Adds the results to `pairs`, up to `limit`. */
  async above(
    minScore: Float32Array,
    limit: number,
    pairs: PairList,
    bias: Float32Array | undefined,
  ): Promise<AboveMatcher> {
    const pipelines = await (this.#above ??= abovePipelines(this.#gpu, this.#side));
    return new AboveMatcher(this.#device, await this.#scores(), pipelines, { minScore, limit, pairs, bias });
  }

  get #device(): { gpu: GpuDevice; readback: Readback } {
    return { gpu: this.#gpu, readback: this.#readback };
  }

  #scores(): Promise<ScoreTiles> {
    return (this.#scoreTiles ??= ScoreTiles.create(this.#gpu, { side: this.#side }));
  }
}
