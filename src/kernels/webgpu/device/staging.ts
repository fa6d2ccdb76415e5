import { Usage, type GpuDevice } from './gpuDevice.ts';

/** Bytes written at once: more is no faster. */
export const STAGING_BYTES = 16 * 2 ** 20;
/** One being filled, one being copied, one on its way back. */
const SLOTS = 3;
const MAP_WRITE = 0x2;

interface Slot {
  readonly buffer: GPUBuffer;
  /** Resolves when the buffer can be written. */
  ready: Promise<unknown>;
}

/**
 * Copies values from the host to device buffers through a few mapped buffers in turn, which `fill` writes itself.
 * `queue.writeBuffer` takes memory of its own for every call: on an H100 in a virtual machine 0.9 GB/s in place of 7.
 */
export class Staging {
  readonly gpu: GpuDevice;
  readonly #slots: Slot[] = [];
  #next = 0;

  constructor(gpu: GpuDevice) {
    this.gpu = gpu;
  }

  /** Copies `bytes` bytes, best no more than `STAGING_BYTES`, to `target` from `offset` on; resolves once `fill` has written them. */
  async write(
    target: GPUBuffer,
    offset: number,
    bytes: number,
    fill: (into: Float32Array) => void,
  ): Promise<void> {
    const slot = await this.#slot(bytes);
    const mapped = await this.gpu.settled(Promise.resolve().then(() => slot.buffer.getMappedRange(0, bytes)));
    let filled = false;
    try {
      fill(new Float32Array(mapped));
      filled = true;
    } finally {
      slot.buffer.unmap();
      try {
        if (filled)
          this.gpu.enqueue((encoder) => encoder.copyBufferToBuffer(slot.buffer, 0, target, offset, bytes));
      } finally {
        slot.ready = this.gpu.settled(slot.buffer.mapAsync(MAP_WRITE));
        // Whoever waits next sees the failure; nobody may be waiting yet.
        slot.ready.catch(() => {});
      }
    }
  }

  /** The next buffer in turn, mapped. */
  async #slot(bytes: number): Promise<Slot> {
    const at = this.#next++ % SLOTS;
    await this.#slots[at]?.ready;
    if (!this.#slots[at] || this.#slots[at].buffer.size < bytes) {
      this.#slots[at]?.buffer.destroy();
      const usage = Usage.mapWrite | Usage.copySource;
      const buffer = await this.gpu.allocate('staging', Math.max(STAGING_BYTES, bytes), usage);
      this.#slots[at] = { buffer, ready: this.gpu.settled(buffer.mapAsync(MAP_WRITE)) };
    }
    await this.#slots[at].ready;
    return this.#slots[at];
  }
}
