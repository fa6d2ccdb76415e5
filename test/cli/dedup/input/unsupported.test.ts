import { expect, test } from 'vitest';
import { checkSupported } from '../../../../src/cli/dedup/input/formats.ts';

test.each([
  [
    'x.csv',
    `CSV is not supported; write Parquet: nearduck -c "COPY (SELECT * REPLACE (embedding::FLOAT[] AS embedding) FROM 'x.csv') TO 'x.parquet'"`,
  ],
  ['x.tsv.gz', `FROM 'x.tsv.gz') TO 'x.parquet'"`],
  [
    'x.pkl',
    `Python pickle is not supported; write Parquet with df.to_parquet('x.parquet'), or np.save('x.npy', array)`,
  ],
  ['x.h5', `HDF5 is not supported; write a NumPy file: np.save('x.npy', h5py.File('x.h5')['embedding'][:])`],
  [
    'x.pt',
    `PyTorch is not supported; write a NumPy file: np.save('x.npy', torch.load('x.pt').float().numpy())`,
  ],
  ['x.safetensors', 'Safetensors is not supported'],
  ['x.lance', `Lance is not supported; write Parquet: pyarrow.parquet.write_table(lance.dataset('x.lance')`],
  ['x.zarr/', `Zarr is not supported; write a NumPy file: np.save('x.npy', zarr.open('x.zarr')[:])`],
  ['x.faiss', 'FAISS index is not supported'],
  ['s3://bucket/x.sqlite?a=b', 'SQLite is not supported'],
  ['x.tar', 'an archive is not supported; unpack it first'],
])('a format that is known and not supported is called that: %s', (name, message) => {
  expect(() => checkSupported(name)).toThrow(`Not Implemented Error: cannot read '${name}': `);
  expect(() => checkSupported(name)).toThrow(message);
});

test.each(['x.parquet', 'csv', 'x.csv.parquet', 'x.npy', 'x.bin'])('others are not: %s', (name) => {
  expect(() => checkSupported(name)).not.toThrow();
});
