import { Usage, type GpuDevice } from './gpuDevice.ts';

const STAGING_BYTES = 16 * 2 ** 20;
const IN_FLIGHT = 3;
const MAP_READ = 0x1;

/** Receives bytes of what is read, from `offset` on; `bytes` is only valid during the call. */
export type Consume = (bytes: ArrayBuffer, offset: number) => void;

/** Copies device buffers to the host through mappable buffers that are used again and again. */
export class Readback {
  readonly #gpu: GpuDevice;
  readonly #idle: GPUBuffer[] = [];

  constructor(gpu: GpuDevice) {
    this.#gpu = gpu;
  }

  /**
   * Hands `bytes` bytes of `source`, from `from` on, to `consume`, in order. Resolves once the copies are submitted, so that
   * `source` may be written again; `done` resolves when all was handed over, and fails where that does.
   */
  async start(
    source: GPUBuffer,
    from: number,
    bytes: number,
    consume: Consume,
  ): Promise<{ done: Promise<void> }> {
    let done = Promise.resolve();
    const pending: Promise<void>[] = [];
    for (let offset = 0; offset < bytes; offset += STAGING_BYTES) {
      if (pending.length === IN_FLIGHT) await pending.shift();
      const size = Math.min(STAGING_BYTES, bytes - offset);
      const staging = await this.#copy(source, from + offset, size);
      const before = done;
      done = this.#hand(staging, size, before, (mapped) => consume(mapped, offset));
      // Whoever waits for the last one sees the failure; nobody may be waiting yet.
      done.catch(() => {});
      pending.push(done);
    }
    return { done };
  }

  /** The same for the first `bytes` bytes, waiting for all of it. */
  async read(source: GPUBuffer, bytes: number, consume: Consume): Promise<void> {
    const { done } = await this.start(source, 0, bytes, consume);
    await done;
  }

  async #copy(source: GPUBuffer, from: number, size: number): Promise<GPUBuffer> {
    const usage = Usage.mapRead | Usage.copyTarget;
    const staging = this.#idle.pop() ?? (await this.#gpu.allocate('staging', STAGING_BYTES, usage));
    this.#gpu.enqueue((encoder) => encoder.copyBufferToBuffer(source, from, staging, 0, size));
    return staging;
  }

  async #hand(
    staging: GPUBuffer,
    size: number,
    before: Promise<void>,
    consume: (mapped: ArrayBuffer) => void,
  ): Promise<void> {
    await this.#gpu.settled(staging.mapAsync(MAP_READ, 0, size));
    await before;
    consume(staging.getMappedRange(0, size));
    staging.unmap();
    this.#idle.push(staging);
  }
}
