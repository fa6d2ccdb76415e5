import { dispatch } from '../device/dispatch.ts';
import { MAX_WORKGROUPS, Usage, type GpuDevice } from '../device/gpuDevice.ts';
import type { Readback } from '../device/readback.ts';
import { shader } from '../device/shader.ts';
import { cutRows, type DeviceRows, type RowRange } from '../rows/deviceRows.ts';
import {
  SCALE,
  SORT_HEADER,
  SORT_THREADS,
  SUM_HEADER,
  SUM_THREADS,
  SortParams,
  SumParams,
} from './layouts.ts';

/** Sorted rows that a workgroup adds, unless this needs more workgroups than the device allows. */
const ROWS_PER_GROUP = 256;
const WORD = 2 ** 32;
/** Bytes of the sums of four values. */
const SUM_BYTES = 32;

interface Pipelines {
  readonly count: GPUComputePipeline;
  readonly scan: GPUComputePipeline;
  readonly place: GPUComputePipeline;
  readonly sum: GPUComputePipeline;
}

/** 64-bit sums of labels `start` to `end`. */
interface Sums extends RowRange {
  readonly buffer: GPUBuffer;
}

/**
 * Sums of rows by label. They are exact to 2⁻³¹ per value, and do not depend on the order of rows or the
 * batches.
 */
export class LabelSums {
  readonly #gpu: GpuDevice;
  readonly #pipelines: Pipelines;
  #labels = 0;
  #width = 0;
  #sums: Sums[] = [];

  private constructor(gpu: GpuDevice, pipelines: Pipelines) {
    this.#gpu = gpu;
    this.#pipelines = pipelines;
  }

  static async create(gpu: GpuDevice): Promise<LabelSums> {
    const sort = shader(new URL('./labelSort.wgsl', import.meta.url), { header: SORT_HEADER });
    const add = shader(new URL('./sumRows.wgsl', import.meta.url), { header: SUM_HEADER });
    const [count, scan, place, sum] = await Promise.all([
      gpu.pipeline(sort, 'countLabels'),
      gpu.pipeline(sort, 'scanCounts'),
      gpu.pipeline(sort, 'placeRows'),
      gpu.pipeline(add, 'sumRows'),
    ]);
    return new LabelSums(gpu, { count, scan, place, sum });
  }

  /** Clears the sums and allocates them for `labels` labels of rows of `width` vec4s. */
  async reset(labels: number, width: number): Promise<void> {
    this.#labels = labels;
    this.#width = width;
    this.#sums = [];
    const usage = Usage.storage | Usage.copySource | Usage.copyTarget;
    const most = Math.max(1, Math.floor(this.#gpu.maxBufferBytes / (width * SUM_BYTES)));
    for (const { start, end } of cutRows({ start: 0, end: labels }, most)) {
      const bytes = (end - start) * width * SUM_BYTES;
      const buffer = await this.#gpu.scratch(`sums from label ${start}`, bytes, usage);
      this.#sums.push({ start, end, buffer });
    }
    this.#gpu.enqueue((encoder) => {
      for (const { buffer } of this.#sums) encoder.clearBuffer(buffer);
    });
  }

  /** Adds rows `start` to `end` of the buffer `x`; `label` has one u32 per row of that buffer. */
  async add({ buffer: x, width }: DeviceRows, { start, end }: RowRange, label: GPUBuffer): Promise<void> {
    const gpu = this.#gpu;
    const { count, scan, place, sum } = this.#pipelines;
    const rows = end - start;
    const cursor = await gpu.scratch('label cursors', this.#labels * 4, Usage.storage | Usage.copyTarget);
    const order = await gpu.scratch('row order', rows * 4, Usage.storage);
    const packedSort = SortParams.pack({ start, end, labels: this.#labels });
    const sortParams = await gpu.write('sort parameters', packedSort, Usage.uniform);
    const rowsPerGroup = Math.max(ROWS_PER_GROUP, Math.ceil(rows / MAX_WORKGROUPS));
    const sumGroups: GPUBindGroup[] = [];
    for (const { start: firstLabel, end: endLabel, buffer } of this.#sums) {
      const packed = SumParams.pack({ rows, width, rowsPerGroup, firstLabel, endLabel });
      const params = await gpu.write(`sum parameters ${firstLabel}`, packed, Usage.uniform);
      sumGroups.push(gpu.bind(sum, [params, x, label, order, buffer]));
    }
    const sortGroups = Math.min(MAX_WORKGROUPS, Math.ceil(rows / SORT_THREADS));
    gpu.enqueue((encoder) => {
      encoder.clearBuffer(cursor);
      const pass = encoder.beginComputePass();
      dispatch(pass, count, gpu.bind(count, [sortParams, label, cursor]), sortGroups);
      dispatch(pass, scan, gpu.bind(scan, { 0: sortParams, 2: cursor }), 1);
      dispatch(pass, place, gpu.bind(place, [sortParams, label, cursor, order]), sortGroups);
      const [across, down] = [Math.ceil(rows / rowsPerGroup), Math.ceil(width / SUM_THREADS)];
      for (const group of sumGroups) dispatch(pass, sum, group, across, down);
      pass.end();
    });
  }

  /** Reads the sums, `dim` values per label, into `totals`. */
  async read(totals: Float64Array, dim: number, readback: Readback): Promise<void> {
    const padded = this.#width * 4;
    for (const { start, end, buffer } of this.#sums) {
      await readback.read(buffer, (end - start) * padded * 8, (bytes, offset) => {
        const low = new Uint32Array(bytes);
        const high = new Int32Array(bytes);
        const first = offset / 8;
        let column = first % padded;
        let row = (start + (first - column) / padded) * dim;
        for (let i = 0; i < low.length; i += 2) {
          if (column < dim) totals[row + column] = (high[i + 1] * WORD + low[i]) / SCALE;
          if (++column < padded) continue;
          column = 0;
          row += dim;
        }
      });
    }
  }
}
