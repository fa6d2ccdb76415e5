import { Usage, type GpuDevice } from './gpuDevice.ts';

/** Larger buffers are rounded up to a multiple of this, so that one serves for the next, slightly larger matrix. */
const STEP_BYTES = 64 * 2 ** 20;

const kept = new WeakMap<GpuDevice, GPUBuffer>();

/**
 * A buffer for `bytes` bytes of rows: the one given back last, if it is about as large, with what is left over in it.
 * Making one of a GiB takes a tenth of a second.
 */
export async function takeRowBuffer(gpu: GpuDevice, bytes: number): Promise<GPUBuffer> {
  if (bytes > STEP_BYTES) {
    const last = kept.get(gpu);
    if (last && last.size >= bytes && last.size < bytes + STEP_BYTES) {
      kept.delete(gpu);
      return last;
    }
    dropRowBuffer(gpu);
  }
  const roomy = bytes > STEP_BYTES ? Math.ceil(bytes / STEP_BYTES) * STEP_BYTES : bytes;
  const usage = Usage.storage | Usage.copyTarget | Usage.copySource;
  return gpu.allocate('rows', Math.max(bytes, Math.min(roomy, gpu.maxBufferBytes)), usage);
}

/** Keeps a buffer for the next one who takes one of its size. */
export function giveRowBuffer(gpu: GpuDevice, buffer: GPUBuffer): void {
  if (buffer.size <= STEP_BYTES) {
    buffer.destroy();
    return;
  }
  dropRowBuffer(gpu);
  kept.set(gpu, buffer);
}

/** Lets go of the buffer that is kept. */
export function dropRowBuffer(gpu: GpuDevice): void {
  kept.get(gpu)?.destroy();
  kept.delete(gpu);
}
