import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { file } from '../arrow/open.ts';
import { header } from '../npy/npyBytes.ts';

/** A valid file. The tests change bytes of it. */
export interface Sample {
  readonly name: string;
  readonly bytes: Buffer;
}

const ARROW = [
  'dictionaries.arrows',
  'polars.arrow',
  'types.arrow',
  'types_legacy.arrows',
  'types_lz4.feather',
  'types_zstd.arrow',
];

/** A `.npy` file, version 1.0, of `count` zeroes, ones, twos and so on, as `numpy.save` writes it. */
function npy(descr: string, shape: readonly number[], isFortran: boolean, bytes: Buffer): Buffer {
  const dimensions = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  return Buffer.concat([header(descr, isFortran, dimensions), bytes]);
}

const numbers = Array.from({ length: 24 }, (_, i) => (i % 7) - 3 + i / 8);
const float32 = Buffer.from(Float32Array.from(numbers).buffer);
const float64 = Buffer.from(Float64Array.from(numbers).buffer);

/** The files to damage, by the function that reads them. */
export const samples: Readonly<Record<string, readonly Sample[]>> = {
  read_arrow: ARROW.map((name) => ({ name, bytes: readFileSync(file(name)) })),
  read_npy: [
    { name: 'c.npy', bytes: npy('<f4', [6, 4], false, float32) },
    { name: 'fortran.npy', bytes: npy('<f8', [8, 3], true, float64) },
    { name: 'big.npy', bytes: npy('>f4', [4, 6], false, Buffer.from(float32).swap32()) },
    { name: 'half.npy', bytes: npy('<f2', [12, 2], false, Buffer.alloc(48, 0x3c)) },
    ...['one.npz', 'deflated.npz'].map((name) => ({
      name,
      bytes: readFileSync(fileURLToPath(new URL(`../npy/files/${name}`, import.meta.url))),
    })),
  ],
};
