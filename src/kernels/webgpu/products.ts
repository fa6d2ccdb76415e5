import { invalidInputError } from '../../errors.ts';
import type { HalfProducts, MatrixUnit } from './halfPipelines.ts';

/**
 * How similarities are computed; results have the same bits whichever it is.
 * - `float32`: the default, on any adapter;
 * - `half`: half-precision products on a GPU's matrix units propose, float32 ones decide;
 * - `portable-half`: the same passes without matrix units, slower than `float32`: for tests.
 */
export const PRODUCTS = ['float32', 'half', 'portable-half'] as const;
export type Products = (typeof PRODUCTS)[number];

const VARIABLE = 'NEARDUCK_WEBGPU_PRODUCTS';
const REMEDY = `use products 'float32' (leave ${VARIABLE} unset)`;

/** What `half` needs of an adapter. */
export const HALF_FEATURES = ['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'] as const;

/** The products asked for: by option, else by the environment variable NEARDUCK_WEBGPU_PRODUCTS, else float32. */
export function productsFrom(option: string | undefined, env = process.env): Products {
  const wanted = option ?? (env[VARIABLE] || 'float32');
  const products = PRODUCTS.find((name) => name === wanted);
  if (products) return products;
  const names = PRODUCTS.map((name) => `'${name}'`).join(', ');
  throw invalidInputError(`webgpu: products (or ${VARIABLE}) must be one of ${names}, got '${wanted}'`);
}

/** Who multiplies, where it is not float32 rows; an Invalid Input Error where the adapter cannot. */
export function halfProducts(
  products: Products,
  adapter: GPUAdapter,
  name: string,
): HalfProducts | undefined {
  if (products === 'float32') return undefined;
  return products === 'half' ? matrixUnit(adapter, name) : 'portable';
}

/** The parts of `adapter.info` that WebGPU's types do not have yet. */
interface MatrixInfo {
  readonly subgroupMinSize?: number;
  readonly subgroupMaxSize?: number;
  readonly subgroupMatrixConfigs?: Iterable<Record<string, unknown>>;
}

/** The matrix unit to use: half in, float32 out, the largest that tiles and padded rows are multiples of. */
export function matrixUnit(adapter: Pick<GPUAdapter, 'features' | 'info'>, name: string): MatrixUnit {
  const missing = HALF_FEATURES.find((feature) => !adapter.features.has(feature));
  if (missing) throw refused(name, `lacks the feature "${missing}"`);
  const { subgroupMinSize, subgroupMaxSize, subgroupMatrixConfigs } = adapter.info as MatrixInfo;
  if (subgroupMinSize !== 32 || subgroupMaxSize !== 32)
    throw refused(name, `has subgroups of ${subgroupMinSize} to ${subgroupMaxSize} threads, not of 32`);
  const units = [...(subgroupMatrixConfigs ?? [])]
    .filter(
      ({ componentType, resultComponentType }) => componentType === 'f16' && resultComponentType === 'f32',
    )
    .map(({ M, N, K }) => ({ M: Number(M), N: Number(N), K: Number(K), subgroup: 32 }))
    .filter(({ M, N, K }) => [M, N, K].every((size) => size === 8 || size === 16));
  const [largest] = units.sort((a, b) => b.M * b.N * b.K - a.M * a.N * a.K);
  if (largest) return largest;
  throw refused(name, 'has no matrix unit of 8 or 16 with f16 in and f32 out');
}

const refused = (name: string, reason: string) =>
  invalidInputError(`webgpu: half-precision products are not possible: ${name} ${reason}; ${REMEDY}`);

/** The self-test's error. */
export const differing = (name: string) =>
  invalidInputError(
    `webgpu: half-precision products lead to other results than float32 ones on ${name}; ${REMEDY}`,
  );
