import { dispatch } from './dispatch.ts';
import { MAX_WORKGROUPS, Usage, type GpuDevice } from './gpuDevice.ts';
import type { GpuMatrix, GpuSegment } from './gpuMatrix.ts';
import type { Readback } from './readback.ts';
import { cutSegments, type Segment } from './segments.ts';
import { shader } from './shader.ts';

const SORT_THREADS = 256;
const SUM_THREADS = 64;
/** Sorted rows a workgroup adds up, unless there are more than the device has workgroups for. */
const STRETCH = 256;
const WORD = 2 ** 32;
const SCALE = 2 ** 30;

interface Pipelines {
  readonly count: GPUComputePipeline;
  readonly scan: GPUComputePipeline;
  readonly place: GPUComputePipeline;
  readonly sum: GPUComputePipeline;
}

/** Buffers of 64-bit sums, each for a range of labels. */
interface Sums {
  readonly labels: Segment;
  readonly buffer: GPUBuffer;
}

/** Sums of rows by label, exact to 2⁻³¹ a value and independent of the order of rows and of their cut into blocks. */
export class LabelSums {
  readonly #gpu: GpuDevice;
  readonly #pipelines: Pipelines;
  #k = 0;
  #sums: Sums[] = [];

  private constructor(gpu: GpuDevice, pipelines: Pipelines) {
    this.#gpu = gpu;
    this.#pipelines = pipelines;
  }

  static async create(gpu: GpuDevice): Promise<LabelSums> {
    const sort = shader('labelSort');
    const [count, scan, place, sum] = await Promise.all([
      gpu.pipeline(sort, 'countLabels'),
      gpu.pipeline(sort, 'scanCounts'),
      gpu.pipeline(sort, 'placeRows'),
      gpu.pipeline(shader('sumRows'), 'sumRows'),
    ]);
    return new LabelSums(gpu, { count, scan, place, sum });
  }

  /** Forgets earlier sums and makes room for `k` labels of rows `width` vec4s long. */
  async reset(k: number, width: number): Promise<void> {
    this.#k = k;
    this.#sums = [];
    const usage = Usage.storage | Usage.copySource | Usage.copyTarget;
    for (const labels of cutSegments(k, width * 32, this.#gpu.maxBufferBytes)) {
      const buffer = await this.#gpu.scratch(
        `sums from label ${labels.start}`,
        labels.rows * width * 32,
        usage,
      );
      this.#sums.push({ labels, buffer });
    }
    this.#gpu.enqueue((encoder) => {
      for (const { buffer } of this.#sums) encoder.clearBuffer(buffer);
    });
  }

  /** Adds the rows of one segment; `label` is a buffer of u32, one a row. */
  async add({ width }: GpuMatrix, { rows, buffer: x }: GpuSegment, label: GPUBuffer): Promise<void> {
    const gpu = this.#gpu;
    const { count, scan, place, sum } = this.#pipelines;
    const cursor = await gpu.scratch('label cursors', this.#k * 4, Usage.storage | Usage.copyTarget);
    const order = await gpu.scratch('row order', rows * 4, Usage.storage);
    const sortParams = await this.#params('sort parameters', [rows, this.#k]);
    const stretch = Math.max(STRETCH, Math.ceil(rows / MAX_WORKGROUPS));
    const sumGroups: GPUBindGroup[] = [];
    for (const { labels, buffer } of this.#sums) {
      const range = [labels.start, labels.start + labels.rows];
      const params = await this.#params(`sum parameters ${labels.start}`, [rows, width, stretch, ...range]);
      sumGroups.push(gpu.bind(sum, [params, x, label, order, buffer]));
    }
    const sortGroups = Math.min(MAX_WORKGROUPS, Math.ceil(rows / SORT_THREADS));
    gpu.enqueue((encoder) => {
      encoder.clearBuffer(cursor);
      const pass = encoder.beginComputePass();
      dispatch(pass, count, gpu.bind(count, [sortParams, label, cursor]), sortGroups);
      dispatch(pass, scan, gpu.bind(scan, { 0: sortParams, 2: cursor }), 1);
      dispatch(pass, place, gpu.bind(place, [sortParams, label, cursor, order]), sortGroups);
      const [across, down] = [Math.ceil(rows / stretch), Math.ceil(width / SUM_THREADS)];
      for (const group of sumGroups) dispatch(pass, sum, group, across, down);
      pass.end();
    });
  }

  /** Adds the sums, `dim` values a label, to `totals`. */
  async addTo(totals: Float64Array, dim: number, width: number, readback: Readback): Promise<void> {
    const padded = width * 4;
    for (const { labels, buffer } of this.#sums) {
      await readback.read(buffer, labels.rows * padded * 8, (bytes, offset) => {
        const low = new Uint32Array(bytes);
        const high = new Int32Array(bytes);
        const first = offset / 8;
        let column = first % padded;
        let row = (labels.start + (first - column) / padded) * dim;
        for (let i = 0; i < low.length; i += 2) {
          if (column < dim) totals[row + column] += (high[i + 1] * WORD + low[i]) / SCALE;
          if (++column < padded) continue;
          column = 0;
          row += dim;
        }
      });
    }
  }

  async #params(label: string, values: number[]): Promise<GPUBuffer> {
    const buffer = await this.#gpu.scratch(label, 32, Usage.uniform | Usage.copyTarget);
    this.#gpu.queue.writeBuffer(buffer, 0, Uint32Array.from(values));
    return buffer;
  }
}
