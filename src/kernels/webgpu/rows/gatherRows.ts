import type { RowView } from '../../../rows/rowView.ts';
import { dispatch } from '../device/dispatch.ts';
import { MAX_WORKGROUPS, Usage, type GpuDevice } from '../device/gpuDevice.ts';
import { shader } from '../device/shader.ts';
import type { DeviceRows, RowRange } from './deviceRows.ts';
import { GatherParams, HEADER } from './layouts.ts';

/** Copies rows of a store on the device to one buffer, in any order. */
export class RowGatherer {
  readonly #gpu: GpuDevice;
  readonly #pipeline: GPUComputePipeline;

  private constructor(gpu: GpuDevice, pipeline: GPUComputePipeline) {
    this.#gpu = gpu;
    this.#pipeline = pipeline;
  }

  static async create(gpu: GpuDevice): Promise<RowGatherer> {
    const code = shader(new URL('./gatherRows.wgsl', import.meta.url), { header: HEADER });
    return new RowGatherer(gpu, await gpu.pipeline(code, 'gatherRows'));
  }

  /** Copies rows of a view to the start of `target`. `stored` are all rows of its store. */
  async gather(
    stored: readonly DeviceRows[],
    { list, start: first }: RowView,
    { start, end }: RowRange,
    target: GPUBuffer,
  ): Promise<void> {
    if (list) await this.#copyListed(stored, list.subarray(first + start, first + end), target);
    else this.#copyConsecutive(stored, { start: first + start, end: first + end }, target);
  }

  #copyConsecutive(stored: readonly DeviceRows[], { start, end }: RowRange, target: GPUBuffer): void {
    this.#gpu.enqueue((encoder) => {
      for (const source of stored) {
        const from = Math.max(start, source.start);
        const to = Math.min(end, source.end);
        if (from >= to) continue;
        const [at, into, bytes] = [from - source.start, from - start, to - from].map(
          (rows) => rows * source.width * 16,
        );
        encoder.copyBufferToBuffer(source.buffer, at, target, into, bytes);
      }
    });
  }

  async #copyListed(stored: readonly DeviceRows[], list: Int32Array, target: GPUBuffer): Promise<void> {
    const gpu = this.#gpu;
    const rows = list.length;
    const listed = await gpu.write('rows to gather', new Uint32Array(list), Usage.storage);
    for (const { buffer, width, start, end } of stored) {
      const packed = GatherParams.pack({ rows, width, start, end });
      const params = await gpu.write(`gather parameters ${start}`, packed, Usage.uniform);
      const group = gpu.bind(this.#pipeline, [params, listed, buffer, target]);
      gpu.enqueue((encoder) => {
        const pass = encoder.beginComputePass();
        dispatch(pass, this.#pipeline, group, Math.min(rows, MAX_WORKGROUPS));
        pass.end();
      });
    }
  }
}
