import type { FillRows } from '../kernels.ts';
import { downloadBest } from './bestResults.ts';
import { GpuMatrix } from './gpuMatrix.ts';
import type { Matcher } from './matcher.ts';
import type { Readback } from './readback.ts';
import type { Staging } from './staging.ts';
import { rectangleGrids, triangleGrids } from './tileGrids.ts';

const ROWS = 700;
const TOPICS = 60;
/** Dimensions: whole stretches of the sum, and a remainder. */
const DIMS = [768, 80];
/** Rows are their topic and this much noise: from copies over near ties to hardly related. */
const NOISE = [0, 1e-6, 1e-4, 3e-3, 0.05, 1];

/** Whether two searches lead to the same bits on this device, for random rows, near ties and copies, with and without bias. */
export async function agree(staging: Staging, readback: Readback, a: Matcher, b: Matcher): Promise<boolean> {
  for (const dim of DIMS) {
    const rows = testRows(dim);
    const fill: FillRows = (target, start, end) => target.set(rows.subarray(start * dim, end * dim));
    const x = await GpuMatrix.upload(staging, ROWS, dim, fill);
    const y = await GpuMatrix.upload(staging, TOPICS, dim, fill);
    const bias = Float32Array.from({ length: TOPICS }, (_, i) => -0.5 + (i % 7) * 1e-5);
    const run = async (matcher: Matcher) => {
      const triangle = triangleGrids(x.segments, Uint32Array.of(0, 1, 140, 141, ROWS));
      const earlier = await downloadBest(readback, x, await matcher.search(x, x, triangle));
      const rectangle = rectangleGrids(x.segments, y.segments);
      return {
        earlier,
        nearest: await downloadBest(readback, x, await matcher.search(x, y, rectangle, bias)),
      };
    };
    try {
      const [one, other] = [await run(a), await run(b)];
      if (!sameBits(one.earlier, other.earlier) || !sameBits(one.nearest, other.nearest)) return false;
    } finally {
      x.free();
      y.free();
    }
  }
  return true;
}

interface Found {
  readonly score: Float32Array;
  readonly index: Int32Array;
}

const sameBits = (a: Found, b: Found): boolean =>
  bytes(a.score).equals(bytes(b.score)) && bytes(a.index).equals(bytes(b.index));

const bytes = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Unit rows, the same every time. */
function testRows(dim: number): Float32Array {
  let state = dim;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
  const topics = Float64Array.from({ length: TOPICS * dim }, random);
  const rows = new Float32Array(ROWS * dim);
  for (let r = 0; r < ROWS; r++) {
    const noise = NOISE[Math.floor(r / TOPICS) % NOISE.length];
    const row = Float64Array.from(
      { length: dim },
      (_, i) => topics[(r % TOPICS) * dim + i] + noise * random(),
    );
    const norm = Math.hypot(...row);
    for (let i = 0; i < dim; i++) rows[r * dim + i] = row[i] / norm;
  }
  return rows;
}
