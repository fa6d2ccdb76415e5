import { Usage, type GpuDevice } from './gpuDevice.ts';

const STAGING_BYTES = 16 * 2 ** 20;
const IN_FLIGHT = 3;
const MAP_READ = 0x1;

/** Receives a part of the bytes, which begins at `offset`. `bytes` is valid only during the call. */
export type Consume = (bytes: ArrayBuffer, offset: number) => void;

/** Copies device buffers to the host through a few mappable buffers. */
export class Readback {
  readonly #gpu: GpuDevice;
  readonly #idle: GPUBuffer[] = [];

  constructor(gpu: GpuDevice) {
    this.#gpu = gpu;
  }

  /**
   * Passes `bytes` bytes of `source`, from `from` on, to `consume`, in order. Resolves once the copies are
   * submitted, when `source` may be overwritten. `done` resolves when all bytes were passed on, and rejects
   * if that fails.
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
      // A failure is reported to the caller that waits later. Until then it must not count as unhandled.
      done.catch(() => {});
      pending.push(done);
    }
    return { done };
  }

  /** Reads the first `bytes` bytes, and waits for all of them. */
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
