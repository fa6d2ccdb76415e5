import { Refusal } from '../../shell/refusal.ts';
import { withoutParameters } from './paths.ts';

/** Formats of embeddings that are not supported, and a way to convert a FILE of them. */
const UNSUPPORTED: readonly (readonly [extension: RegExp, name: string, remedy: string])[] = [
  [
    /\.[ct]sv(?:\.(?:gz|zst))?$/i,
    'CSV',
    'write Parquet: nearduck -c "COPY (SELECT * REPLACE (embedding::FLOAT[] AS embedding) FROM FILE) TO PARQUET"',
  ],
  [
    /\.(?:pkl|pickle|joblib)$/i,
    'Python pickle',
    'write Parquet with df.to_parquet(PARQUET), or np.save(NUMPY, array)',
  ],
  [/\.(?:h5|hdf5?)$/i, 'HDF5', `write a NumPy file: np.save(NUMPY, h5py.File(FILE)['embedding'][:])`],
  [/\.(?:pt|pth)$/i, 'PyTorch', 'write a NumPy file: np.save(NUMPY, torch.load(FILE).float().numpy())'],
  [
    /\.safetensors$/i,
    'Safetensors',
    `write a NumPy file: np.save(NUMPY, safetensors.numpy.load_file(FILE)['embedding'])`,
  ],
  [/\.zarr$/i, 'Zarr', 'write a NumPy file: np.save(NUMPY, zarr.open(FILE)[:])'],
  [
    /\.faiss$/i,
    'FAISS index',
    'write a NumPy file: index = faiss.read_index(FILE); np.save(NUMPY, index.reconstruct_n(0, index.ntotal))',
  ],
  [
    /\.lance$/i,
    'Lance',
    'write Parquet: pyarrow.parquet.write_table(lance.dataset(FILE).to_table(), PARQUET)',
  ],
  [
    /\.sqlite3?$/i,
    'SQLite',
    `write Parquet: nearduck -c "COPY (FROM sqlite_scan(FILE, 'TABLE')) TO PARQUET"`,
  ],
  [/\.(?:tar|zip|tgz)(?:\.gz)?$/i, 'an archive', 'unpack it first, and name the files in it'],
];

/** @throws NearduckError (Not Implemented Error) for a known format without support, with a remedy. */
export function checkSupported(path: string): void {
  const plain = withoutParameters(path).replace(/\/+$/, '');
  const found = UNSUPPORTED.find(([extension]) => extension.test(plain));
  if (found === undefined) return;
  const [, name, remedy] = found;
  const stem = plain.replace(/\.\w+(?:\.(?:gz|zst))?$/, '');
  const files: Record<string, string> = { FILE: plain, PARQUET: `${stem}.parquet`, NUMPY: `${stem}.npy` };
  const converted = remedy.replaceAll(/\b(?:FILE|PARQUET|NUMPY)\b/g, (word) => `'${files[word]}'`);
  throw new Refusal('Not Implemented', `cannot read '${path}': ${name} is not supported; ${converted}`);
}
