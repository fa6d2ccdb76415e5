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

/** Maximum number of workgroups per dimension of a dispatch: WebGPU's default limit. */
export const MAX_WORKGROUPS = 65_535;

/**
 * Sizes of scratch buffers are rounded up: to a power of two below this size, and to a multiple of it above.
 * So growing work does not replace them every time.
 */
const ROOMY_BYTES = 64 * 2 ** 20;

/** A WebGPU device that throws its failures as errors, with scratch buffers that are reused between calls. */
export class GpuDevice {
  readonly name: string;
  /** True for adapters that run on the CPU. */
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
          : `webgpu: ${name} was lost (${message.trim()}); the driver was reset or removed: run again, or use ` +
              `backend := 'cpu'`,
      );
    });
  }

  /** Opens the adapter with its own limits of memory. A buffer has at most `maxBufferBytes`. */
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

  /** The size of the largest buffer that can be allocated and bound as a whole. */
  get maxBufferBytes(): number {
    return this.#maxBufferBytes;
  }

  /** Bytes of workgroup memory per shader. */
  get maxWorkgroupBytes(): number {
    return this.#device.limits.maxComputeWorkgroupStorageSize;
  }

  /**
   * Creates a zeroed buffer of at least `bytes`.
   * @throws NearduckError (Out of Memory Error) when the device has no room.
   */
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

  /**
   * Returns the scratch buffer with this label. It is replaced when a larger one is needed. Its content is
   * undefined.
   */
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

  /** Destroys a scratch buffer. */
  drop(label: string): void {
    this.#scratch.get(label)?.destroy();
    this.#scratch.delete(label);
  }

  /** Returns a scratch buffer that contains `data` from the next submit on. */
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

  /** Submits the commands that `encode` records. Later submits run later. */
  enqueue(encode: (encoder: GPUCommandEncoder) => void): void {
    this.check();
    const encoder = this.#device.createCommandEncoder();
    encode(encoder);
    this.queue.submit([encoder.finish()]);
  }

  /** Submits the commands that `encode` records. Resolves when the device has executed them. */
  async submit(encode: (encoder: GPUCommandEncoder) => void): Promise<void> {
    this.enqueue(encode);
    await this.settled(this.queue.onSubmittedWorkDone());
  }

  /** Resolves when the device has executed all submitted work, or is lost. */
  async idle(): Promise<void> {
    await this.queue.onSubmittedWorkDone().catch(() => {});
  }

  /**
   * Waits for the device. If an earlier failure is known, throws that one instead of the error of `pending`.
   */
  async settled<T>(pending: Promise<T>): Promise<T> {
    try {
      const value = await pending;
      this.check();
      return value;
    } catch (error) {
      // The loss of a device is reported after the failures that it causes.
      await setImmediate();
      this.check();
      throw ioError(`webgpu: ${this.name}: ${(error as Error).message}`, error);
    }
  }

  /** Throws the first failure of the device since it was opened, if any. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Destroys the device with all its buffers. */
  async close(): Promise<void> {
    this.#device.destroy();
    await this.#device.lost;
  }
}
