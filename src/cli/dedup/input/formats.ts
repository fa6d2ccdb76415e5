import { withoutParameters } from './paths.ts';

/** A file format that can be read. */
export interface Format {
  readonly name: 'Parquet' | 'JSON' | 'Arrow' | 'NumPy';
  /** The table function that reads it. */
  readonly reader: 'read_parquet' | 'read_json' | 'read_arrow' | 'read_npy';
  readonly extension: RegExp;
}

const FORMATS: readonly Format[] = [
  { name: 'Parquet', reader: 'read_parquet', extension: /\.parquet$/i },
  { name: 'JSON', reader: 'read_json', extension: /\.(?:jsonl|ndjson|json)(?:\.(?:gz|zst))?$/i },
  { name: 'Arrow', reader: 'read_arrow', extension: /\.(?:arrow|arrows|feather|ipc)$/i },
  { name: 'NumPy', reader: 'read_npy', extension: /\.np[yz]$/i },
];

/** The format of a file by its name; undefined if it is unknown. */
export const formatOf = (path: string): Format | undefined =>
  FORMATS.find(({ extension }) => extension.test(withoutParameters(path)));

/** The extension of a file of `format` as it is spelled: `.jsonl.gz`. */
export const extensionOf = (path: string, { extension }: Format): string =>
  extension.exec(withoutParameters(path))![0];
