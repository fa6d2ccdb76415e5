import type { GpuDevice } from './gpuDevice.ts';
import type { TileSide } from './matcher.ts';
import { shader } from './shader.ts';

/** The matrix product that a GPU does at once: M × K halves by K × N halves, summed in float32. */
export interface MatrixUnit {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** Threads that do it together. */
  readonly subgroup: number;
}

/** Who multiplies half-precision rows: matrix units, or plain float32 arithmetic that any adapter has. */
export type HalfProducts = MatrixUnit | 'portable';

/** Products that a subgroup owns, as `subgroupMatrixProducts.wgsl` has it. */
const SUBGROUP_ROWS = 64;
const SUBGROUP_COLUMNS = 32;

/** The code of `propose.wgsl` or `collect.wgsl` over the products. Directives come first, declarations in any order. */
export function tileCode(products: HalfProducts, pass: 'propose' | 'collect'): string {
  const parts = [shader('halfTile'), shader('scoreKey'), shader(pass)];
  if (products === 'portable') return [shader('portableProducts'), ...parts].join('\n');
  const { M, N, K, subgroup } = products;
  const units = { ROW_UNITS: SUBGROUP_ROWS / M, COLUMN_UNITS: SUBGROUP_COLUMNS / N };
  const sizes = Object.entries({ M, N, K, SUBGROUP: subgroup }).map(([n, v]) => `const ${n} = ${v}u;\n`);
  return [shader('subgroupMatrixProducts', units), ...parts, ...sizes].join('\n');
}

/** All passes of the search with half-precision products. */
export interface HalfPipelines {
  readonly convert: GPUComputePipeline;
  readonly propose: GPUComputePipeline;
  readonly fold: GPUComputePipeline;
  readonly threshold: GPUComputePipeline;
  readonly collect: GPUComputePipeline;
  readonly rescore: GPUComputePipeline;
  readonly claim: GPUComputePipeline;
  readonly settle: GPUComputePipeline;
}

export async function halfPipelines(
  gpu: GpuDevice,
  side: TileSide,
  products: HalfProducts,
): Promise<HalfPipelines> {
  const decide = `${shader('rescore')}\n${shader('scoreKey')}`;
  const [convert, propose, fold, threshold, collect, rescore, claim, settle] = await Promise.all([
    gpu.pipeline(shader('halfRows'), 'halfRows'),
    gpu.pipeline(tileCode(products, 'propose'), 'halfTile', { TILE: side }),
    gpu.pipeline(shader('foldBest'), 'foldBest', { TILE: side }),
    gpu.pipeline(shader('threshold'), 'threshold'),
    gpu.pipeline(tileCode(products, 'collect'), 'halfTile', { TILE: side }),
    gpu.pipeline(decide, 'rescore'),
    gpu.pipeline(decide, 'claim'),
    gpu.pipeline(decide, 'settle'),
  ]);
  return { convert, propose, fold, threshold, collect, rescore, claim, settle };
}
