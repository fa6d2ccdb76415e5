import { dispatch } from './dispatch.ts';
import { MAX_WORKGROUPS, Usage, type GpuDevice } from './gpuDevice.ts';
import type { GpuMatrix } from './gpuMatrix.ts';
import type { HalfPipelines } from './halfPipelines.ts';
import { panelRows, type HalfRows } from './halfRows.ts';
import type { BestBuffers, TileSide } from './matcher.ts';
import type { Readback } from './readback.ts';
import { WORDS, type TileBatch } from './tileBatches.ts';

/** What one search reads, and where its results go. */
export interface HalfInputs {
  readonly x: GpuMatrix;
  readonly y: GpuMatrix;
  readonly xHalf: HalfRows;
  readonly yHalf: HalfRows;
  readonly biased: boolean;
  readonly bias: GPUBuffer;
  /** Largest absolute value in `bias`. */
  readonly maxBias: number;
  /** One a segment of x. */
  readonly best: readonly BestBuffers[];
}

const PARTIAL_BYTES = 8;
const CANDIDATE_BYTES = 12;
/** Bytes of the two counters before the candidates. */
const COUNTERS = 8;
/** Threads of the shaders that go over rows or candidates. */
const THREADS = 64;
/** Workgroups over candidates, whose number only the device knows. */
const CANDIDATE_GROUPS = 1024;

/** The submits of one search with half-precision products. */
export class HalfSearch {
  readonly #gpu: GpuDevice;
  readonly #pipelines: HalfPipelines;
  readonly #side: TileSide;
  readonly #capacity: number;
  readonly #inputs: HalfInputs;
  /** One a segment of x: the largest approximate score of each row, then the threshold made from it. */
  readonly #thresholds: readonly GPUBuffer[];
  readonly #candidates: GPUBuffer;

  private constructor(
    gpu: GpuDevice,
    pipelines: HalfPipelines,
    side: TileSide,
    capacity: number,
    inputs: HalfInputs,
    thresholds: readonly GPUBuffer[],
    candidates: GPUBuffer,
  ) {
    this.#gpu = gpu;
    this.#pipelines = pipelines;
    this.#side = side;
    this.#capacity = capacity;
    this.#inputs = inputs;
    this.#thresholds = thresholds;
    this.#candidates = candidates;
  }

  static async create(
    gpu: GpuDevice,
    pipelines: HalfPipelines,
    side: TileSide,
    capacity: number,
    inputs: HalfInputs,
  ): Promise<HalfSearch> {
    const thresholds: GPUBuffer[] = [];
    for (const [i, { rows }] of inputs.x.segments.entries())
      thresholds.push(await gpu.scratch(`thresholds ${i}`, rows * 4, Usage.storage));
    const usage = Usage.storage | Usage.copyTarget | Usage.copySource;
    const candidates = await gpu.scratch('candidates', COUNTERS + capacity * CANDIDATE_BYTES, usage);
    await gpu.submit((encoder) => encoder.clearBuffer(candidates, 0, COUNTERS));
    return new HalfSearch(gpu, pipelines, side, capacity, inputs, thresholds, candidates);
  }

  /** The results: complete after the last `collect`, unless `overflowed`. */
  get best(): BestBuffers[] {
    return [...this.#inputs.best];
  }

  /** Pass A: folds the approximate scores of a batch into the largest of each row. */
  async propose(batch: TileBatch): Promise<{ done: Promise<void> }> {
    const gpu = this.#gpu;
    const { propose, fold } = this.#pipelines;
    const tiles = batch.items.length / WORDS;
    const partials = await gpu.scratch('partial results', tiles * this.#side * PARTIAL_BYTES, Usage.storage);
    const folds = await gpu.write('row tiles', batch.folds, Usage.storage);
    const { index } = this.#inputs.best[batch.xSegment];
    const tileGroup = gpu.bind(propose, { ...(await this.#tileInputs(batch)), 5: partials });
    const foldGroup = gpu.bind(fold, [folds, partials, this.#thresholds[batch.xSegment], index]);
    const done = gpu.submit((encoder) => {
      const pass = encoder.beginComputePass();
      if (tiles > 0) dispatch(pass, propose, tileGroup, tiles);
      dispatch(pass, fold, foldGroup, batch.folds.length / WORDS);
      pass.end();
    });
    return { done };
  }

  /** Between the passes: how good a column must look to be a candidate. */
  async threshold(): Promise<void> {
    const gpu = this.#gpu;
    const { threshold } = this.#pipelines;
    const { x, xHalf, yHalf, maxBias } = this.#inputs;
    for (const [i, { rows }] of x.segments.entries()) {
      const words = Uint32Array.of(rows, x.width, 0);
      new Float32Array(words.buffer)[2] = maxBias;
      const params = await gpu.write('threshold parameters', words, Usage.uniform);
      const group = gpu.bind(threshold, [params, xHalf.lengths, yHalf.lengths, this.#thresholds[i]]);
      await gpu.submit((encoder) => {
        const pass = encoder.beginComputePass();
        dispatch(pass, threshold, group, Math.min(MAX_WORKGROUPS, Math.ceil(rows / THREADS)));
        pass.end();
      });
    }
  }

  /** Passes B and C: lists the candidates of a batch and folds the best of them into the results. */
  async collect(batch: TileBatch): Promise<{ done: Promise<void> }> {
    const gpu = this.#gpu;
    const { collect, rescore, claim, settle } = this.#pipelines;
    const { x, y, bias, best } = this.#inputs;
    const { rows, buffer } = x.segments[batch.xSegment];
    const { score, index } = best[batch.xSegment];
    const usage = Usage.storage | Usage.copyTarget;
    const keys = await gpu.scratch('keys', rows * 4, usage);
    const claims = await gpu.scratch('claims', rows * 4, usage);
    const candidates = this.#candidates;
    const tileInputs = await this.#tileInputs(batch);
    const params = tileInputs[0];
    const columns = y.segments[batch.ySegment].buffer;
    const folds = await gpu.write('row tiles', batch.folds, Usage.storage);
    const thresholds = this.#thresholds[batch.xSegment];
    const collectGroup = gpu.bind(collect, { ...tileInputs, 5: thresholds, 6: candidates });
    const rescoreGroup = gpu.bind(rescore, [params, buffer, columns, bias, candidates, keys]);
    const claimGroup = gpu.bind(claim, { 0: params, 4: candidates, 5: keys, 6: claims });
    const settleGroup = gpu.bind(settle, { 5: keys, 6: claims, 7: folds, 8: score, 9: index });
    const tiles = batch.items.length / WORDS;
    const done = gpu.submit((encoder) => {
      // The count alone: that there was no room stays known to the end of the search.
      encoder.clearBuffer(candidates, 0, 4);
      encoder.clearBuffer(keys, 0, rows * 4);
      encoder.clearBuffer(claims, 0, rows * 4);
      const pass = encoder.beginComputePass();
      if (tiles > 0) {
        dispatch(pass, collect, collectGroup, tiles);
        dispatch(pass, rescore, rescoreGroup, CANDIDATE_GROUPS);
        dispatch(pass, claim, claimGroup, CANDIDATE_GROUPS);
      }
      dispatch(pass, settle, settleGroup, batch.folds.length / WORDS);
      pass.end();
    });
    return { done };
  }

  /** Whether some candidates had no room, in any batch. */
  async overflowed(readback: Readback): Promise<boolean> {
    let overflowed = true;
    await readback.read(this.#candidates, COUNTERS, (bytes) => {
      overflowed = new Uint32Array(bytes)[1] !== 0;
    });
    return overflowed;
  }

  /** Bindings 0 to 4 of `halfTile.wgsl`; the parameters are those of `rescore.wgsl` too. */
  async #tileInputs({ xSegment, ySegment, items }: TileBatch): Promise<Record<number, GPUBuffer>> {
    const { x, y, xHalf, yHalf, biased, bias } = this.#inputs;
    const columns = y.segments[ySegment];
    const panels = [x.segments[xSegment], columns].map(({ rows }) => panelRows(rows));
    const words = Uint32Array.of(x.width, columns.start, Number(biased), this.#capacity, ...panels);
    return {
      0: await this.#gpu.write('tile parameters', words, Usage.uniform),
      1: xHalf.buffers[xSegment],
      2: yHalf.buffers[ySegment],
      3: bias,
      4: await this.#gpu.write('tiles', items, Usage.storage),
    };
  }
}
