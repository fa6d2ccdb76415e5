import { setImmediate } from 'node:timers/promises';
import { NearduckError, ioError } from '../../../errors.ts';
import type { AdapterDescription } from './adapters.ts';
import type { FoundAdapter } from './dawn.ts';

/** WebGPU's buffer usage bits; Node has no global GPUBufferUsage. */
export const Usage = {
  mapRead: 0x1,
  mapWrite: 0x2,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
} as const;

export const MAX_WORKGROUPS = 65_535;

/** Kept buffers are rounded up, to a power of two below this and a multiple of it above, so that growing work does not replace them every time. */
const ROOMY_BYTES = 64 * 2 ** 20;

/** A WebGPU device whose failures become exceptions, with buffers that are kept from one call to the next. */
export class GpuDevice {
  readonly name: string;
  /** Runs on the CPU: for tests. */
  readonly isSoftware: boolean;
  readonly #device: GPUDevice;
  readonly #scratch = new Map<string, GPUBuffer>();
  readonly #maxBufferBytes: number;
  #failure: NearduckError | undefined;

  private constructor({ name, software }: AdapterDescription, device: GPUDevice, maxBufferBytes: number) {
    this.name = name;
    this.isSoftware = software;
    this.#device = device;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    this.#maxBufferBytes = Math.min(maxBufferBytes, maxBufferSize, maxStorageBufferBindingSize);
    device.onuncapturederror = ({ error }) => {
      this.#failure ??= ioError(`webgpu: ${name}: ${error.message}`);
    };
    void device.lost.then(({ reason, message }) => {
      this.#failure ??= ioError(
        reason === 'destroyed'
          ? 'webgpu: the device was closed'
          : `webgpu: ${name} was lost (${message.trim()}); the driver was reset or removed: run again, or use backend := 'cpu'`,
      );
    });
  }

  /** Opens the adapter with its own limits on memory, at most `maxBufferBytes` per buffer. */
  static async open({ adapter, description }: FoundAdapter, maxBufferBytes = Infinity): Promise<GpuDevice> {
    const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize } = adapter.limits;
    const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize };
    const device = await adapter.requestDevice({ requiredLimits }).catch((error: Error) => {
      throw ioError(`webgpu: ${description.name} cannot be opened: ${error.message}`, error);
    });
    return new GpuDevice(description, device, maxBufferBytes);
  }

  get queue(): GPUQueue {
    return this.#device.queue;
  }

  /** The largest buffer that can be allocated and bound whole. */
  get maxBufferBytes(): number {
    return this.#maxBufferBytes;
  }

  /** Workgroup memory a shader may use. */
  get maxWorkgroupBytes(): number {
    return this.#device.limits.maxComputeWorkgroupStorageSize;
  }

  /** Makes a buffer of at least `bytes` zeros; throws an Out of Memory Error where the device has no room. */
  async allocate(label: string, bytes: number, usage: number): Promise<GPUBuffer> {
    this.check();
    const size = Math.max(16, Math.ceil(bytes / 4) * 4);
    this.#device.pushErrorScope('out-of-memory');
    const buffer = this.#device.createBuffer({ label, size, usage });
    if (await this.#device.popErrorScope()) {
      throw new NearduckError(
        'Out of Memory',
        `webgpu: ${this.name} has no room for ${(size / 2 ** 20).toFixed(1)} MiB of ${label}`,
      );
    }
    return buffer;
  }

  /** A buffer that is kept under its label and replaced when a larger one is needed. Its content is left over. */
  async scratch(label: string, bytes: number, usage: number): Promise<GPUBuffer> {
    const kept = this.#scratch.get(label);
    if (kept && kept.size >= bytes) return kept;
    this.#scratch.delete(label);
    kept?.destroy();
    const roomy =
      bytes < ROOMY_BYTES ? 2 ** Math.ceil(Math.log2(bytes)) : Math.ceil(bytes / ROOMY_BYTES) * ROOMY_BYTES;
    const size = Math.max(bytes, Math.min(roomy, this.#maxBufferBytes));
    const buffer = await this.allocate(label, size, usage);
    this.#scratch.set(label, buffer);
    return buffer;
  }

  /** Lets go of a kept buffer. */
  drop(label: string): void {
    this.#scratch.get(label)?.destroy();
    this.#scratch.delete(label);
  }

  /** A kept buffer with `data` in it from the next submit on. */
  async write(label: string, data: Float32Array | Uint32Array, usage: number): Promise<GPUBuffer> {
    const buffer = await this.scratch(label, data.byteLength, usage | Usage.copyTarget);
    this.queue.writeBuffer(buffer, 0, data as BufferSource);
    return buffer;
  }

  /** Compiles one entry point of a shader. */
  async pipeline(
    code: string,
    entryPoint: string,
    constants: Record<string, number> = {},
  ): Promise<GPUComputePipeline> {
    this.check();
    const module = this.#device.createShaderModule({ label: entryPoint, code });
    const compute = { module, entryPoint, constants };
    return this.settled(
      this.#device.createComputePipelineAsync({ label: entryPoint, layout: 'auto', compute }),
    );
  }

  /** Binds buffers by their binding number in group 0. */
  bind(pipeline: GPUComputePipeline, buffers: Record<number, GPUBuffer>): GPUBindGroup {
    const entries = Object.entries(buffers).map(([binding, buffer]) => ({
      binding: Number(binding),
      resource: { buffer },
    }));
    return this.#device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  }

  /** Submits what `encode` records; what is submitted later comes later. */
  enqueue(encode: (encoder: GPUCommandEncoder) => void): void {
    this.check();
    const encoder = this.#device.createCommandEncoder();
    encode(encoder);
    this.queue.submit([encoder.finish()]);
  }

  /** Submits what `encode` records and resolves when the device has done it. */
  async submit(encode: (encoder: GPUCommandEncoder) => void): Promise<void> {
    this.enqueue(encode);
    await this.settled(this.queue.onSubmittedWorkDone());
  }

  /** Resolves when the device has done all that was submitted, or is lost. */
  async idle(): Promise<void> {
    await this.queue.onSubmittedWorkDone().catch(() => {});
  }

  /** Waits for the device, and throws what is known to have gone wrong in the meantime rather than what it says itself. */
  async settled<T>(pending: Promise<T>): Promise<T> {
    try {
      const value = await pending;
      this.check();
      return value;
    } catch (error) {
      // Word of a lost device comes after the failures that it causes.
      await setImmediate();
      this.check();
      throw ioError(`webgpu: ${this.name}: ${(error as Error).message}`, error);
    }
  }

  /** Throws what went wrong on the device since it was opened, if anything did. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Destroys the device with all its buffers. */
  async close(): Promise<void> {
    this.#device.destroy();
    await this.#device.lost;
  }
}
