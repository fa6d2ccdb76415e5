import { Usage, type GpuDevice } from './gpuDevice.ts';

const PIECE_BYTES = 16 * 2 ** 20;
const IN_FLIGHT = 3;
const MAP_READ = 0x1;

/** Receives one piece of a buffer; `bytes` is only valid during the call. */
export type Consume = (bytes: ArrayBuffer, offset: number) => void;

interface Piece {
  readonly staging: GPUBuffer;
  readonly offset: number;
  readonly size: number;
  readonly mapped: Promise<unknown>;
}

/** Copies device buffers to the host through a few mappable buffers in turn. */
export class Readback {
  readonly #gpu: GpuDevice;
  readonly #idle: GPUBuffer[] = [];

  constructor(gpu: GpuDevice) {
    this.#gpu = gpu;
  }

  /** Hands the first `bytes` bytes of `source` to `consume`, in order, the next pieces being on their way meanwhile. */
  async read(source: GPUBuffer, bytes: number, consume: Consume): Promise<void> {
    const pieces: Piece[] = [];
    for (let offset = 0; offset < bytes; offset += PIECE_BYTES) {
      if (pieces.length === IN_FLIGHT) await this.#hand(pieces.shift()!, consume);
      pieces.push(await this.#copy(source, offset, Math.min(PIECE_BYTES, bytes - offset)));
    }
    for (const piece of pieces) await this.#hand(piece, consume);
  }

  async #copy(source: GPUBuffer, offset: number, size: number): Promise<Piece> {
    const usage = Usage.mapRead | Usage.copyTarget;
    const staging = this.#idle.pop() ?? (await this.#gpu.allocate('staging', PIECE_BYTES, usage));
    const copied = this.#gpu.submit((encoder) =>
      encoder.copyBufferToBuffer(source, offset, staging, 0, size),
    );
    const mapped = Promise.all([copied, this.#gpu.settled(staging.mapAsync(MAP_READ, 0, size))]);
    // `#hand` sees the failure; it may not be waiting yet.
    mapped.catch(() => {});
    return { staging, offset, size, mapped };
  }

  async #hand({ staging, offset, size, mapped }: Piece, consume: Consume): Promise<void> {
    await mapped;
    consume(staging.getMappedRange(0, size), offset);
    staging.unmap();
    this.#idle.push(staging);
  }
}
