import { NearduckError } from '../../../errors.ts';
import { withoutParameters } from './paths.ts';

/** A format of embeddings that is not supported, with a way to convert it. */
interface Unsupported {
  readonly extension: RegExp;
  readonly name: string;
  readonly remedy: (path: string) => string;
}

const asParquet = (path: string): string => `'${path.replace(/\.\w+(?:\.(?:gz|zst))?$/, '.parquet')}'`;
const asNumpy = (path: string): string => `'${path.replace(/\.\w+$/, '.npy')}'`;
const viaNumpy =
  (code: string) =>
  (path: string): string =>
    `write a NumPy file: np.save(${asNumpy(path)}, ${code.replace('FILE', `'${path}'`)})`;

const UNSUPPORTED: readonly Unsupported[] = [
  {
    extension: /\.[ct]sv(?:\.(?:gz|zst))?$/i,
    name: 'CSV',
    remedy: (path) =>
      `write Parquet: nearduck -c "COPY (SELECT * REPLACE (embedding::FLOAT[] AS embedding) FROM ` +
      `'${path}') TO ${asParquet(path)}"`,
  },
  {
    extension: /\.(?:pkl|pickle|joblib)$/i,
    name: 'Python pickle',
    remedy: (path) =>
      `write Parquet with df.to_parquet(${asParquet(path)}), or np.save(${asNumpy(path)}, array)`,
  },
  { extension: /\.(?:h5|hdf5?)$/i, name: 'HDF5', remedy: viaNumpy(`h5py.File(FILE)['embedding'][:]`) },
  { extension: /\.(?:pt|pth)$/i, name: 'PyTorch', remedy: viaNumpy('torch.load(FILE).float().numpy()') },
  {
    extension: /\.safetensors$/i,
    name: 'Safetensors',
    remedy: viaNumpy(`safetensors.numpy.load_file(FILE)['embedding']`),
  },
  { extension: /\.zarr$/i, name: 'Zarr', remedy: viaNumpy('zarr.open(FILE)[:]') },
  {
    extension: /\.faiss$/i,
    name: 'FAISS index',
    remedy: (path) =>
      `write a NumPy file: index = faiss.read_index('${path}'); np.save(${asNumpy(path)}, ` +
      'index.reconstruct_n(0, index.ntotal))',
  },
  {
    extension: /\.lance$/i,
    name: 'Lance',
    remedy: (path) =>
      `write Parquet: pyarrow.parquet.write_table(lance.dataset('${path}').to_table(), ${asParquet(path)})`,
  },
  {
    extension: /\.sqlite3?$/i,
    name: 'SQLite',
    remedy: (path) =>
      `write Parquet: nearduck -c "COPY (FROM sqlite_scan('${path}', 'TABLE')) TO ${asParquet(path)}"`,
  },
  {
    extension: /\.(?:tar|zip|tgz)(?:\.gz)?$/i,
    name: 'an archive',
    remedy: () => 'unpack it first, and name the files in it',
  },
];

/**
 * Checks that the format of a path is supported.
 * @throws NearduckError (Not Implemented Error) with the format and a way to convert it, if it is a known
 * one.
 */
export function checkSupported(path: string): void {
  const plain = withoutParameters(path).replace(/\/+$/, '');
  const found = UNSUPPORTED.find(({ extension }) => extension.test(plain));
  if (found === undefined) return;
  throw new NearduckError(
    'Not Implemented',
    `dedup: cannot read '${path}': ${found.name} is not supported; ${found.remedy(plain)}`,
  );
}
