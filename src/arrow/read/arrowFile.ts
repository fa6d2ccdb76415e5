import type { Field } from 'apache-arrow';
import type { NamedColumn } from '../../columns/types.ts';
import { binderError, NearduckError } from '../../errors.ts';
import { BatchBuffers } from './batchBuffers.ts';
import { FieldCursor } from './fieldCursor.ts';
import { fieldType, type FieldType } from './fieldType.ts';
import { RangeFile } from '../../files/rangeFile.ts';
import { openIpc, type BatchMessage, type BodyMessage, type IpcContents } from './ipc.ts';
import type { Bytes } from './fieldCursor.ts';
import type { Values } from './values/values.ts';

/** The rows of one record batch. */
export interface ArrowBatch {
  readonly rowCount: number;
  /** The values of each column. They are created at first use. */
  values(): readonly Values[];
}

/**
 * An Arrow IPC file or stream. The columns are read when it is opened, the batches on request, and the values
 * when they are scanned.
 *
 * apache-arrow decodes only the metadata. A DuckDB callback must read synchronously, and apache-arrow's
 * synchronous reader holds an entire file, or each batch of a stream, in memory; writers such as pyarrow put
 * any number of rows in a batch. For a file of 352 MiB that reader used 464 MiB of memory; a scan with this
 * class added 77 MiB. apache-arrow also has no LZ4 or Zstandard decompression, no check of damaged lengths,
 * and no path into DuckDB's vectors.
 */
export class ArrowFile {
  readonly columns: readonly NamedColumn[];
  readonly #file: RangeFile;
  readonly #contents: IpcContents;
  readonly #types: readonly FieldType[];
  /** Batches that hold decompressed buffers. */
  readonly #recent: BatchBuffers[] = [];
  readonly #dictionaries = new Map<readonly BodyMessage[], readonly Bytes[]>();

  /**
   * Opens a file and reads its columns.
   * @throws NearduckError when the file is not Arrow IPC (Invalid Input Error), or has a column without a
   * DuckDB type (Binder Error).
   */
  constructor(path: string) {
    this.#file = new RangeFile('read_arrow', path);
    this.#contents = this.#sound(() => {
      const contents = openIpc(this.#file);
      // The schema is decoded at first access. It is missing when its header is damaged.
      if (!contents.schema?.fields) throw new TypeError('no schema');
      return contents;
    });
    const { fields } = this.#contents.schema;
    if (fields.length === 0) throw binderError(`read_arrow: '${path}' has no columns`);
    this.#types = this.#sound(() => fields.map((field) => typeOf(path, field)));
    const names = uniqueNames(fields.map(({ name }) => name ?? ''));
    this.columns = this.#types.map(({ type }, i) => ({ name: names[i], type }));
  }

  /** The metadata of the batches. @throws NearduckError (Invalid Input Error) for a truncated file. */
  batches(): ArrowBatch[] {
    return this.#sound(() => this.#contents.batches()).map((message) => {
      new BatchBuffers(this.#file, message, []).checkCount(message.header.length);
      let values: readonly Values[] | undefined;
      return { rowCount: message.header.length, values: () => (values ??= this.#values(message)) };
    });
  }

  /** Replaces the decoder's errors about damaged metadata, which describe its internals. */
  #sound<T>(body: () => T): T {
    try {
      return body();
    } catch (cause) {
      if (cause instanceof NearduckError) throw cause;
      throw new NearduckError('Invalid Input', `read_arrow: '${this.#file.path}' has damaged metadata`, {
        cause,
      });
    }
  }

  #values(message: BatchMessage): Values[] {
    const cursor = this.#cursor(message, (id, read) => {
      const parts = message.dictionaries.get(id) ?? [];
      const known = this.#dictionaries.get(parts);
      if (known) return known;
      const values = parts.flatMap((part) => {
        const strings = read(this.#cursor(part, () => []));
        strings.check(part.header.length);
        return strings.read(0, part.header.length);
      });
      this.#dictionaries.set(parts, values);
      return values;
    });
    const values = this.#types.map((type) => type.read(cursor));
    for (const column of values) column.check(message.header.length);
    return values;
  }

  #cursor(message: BodyMessage, dictionary: FieldCursor['dictionary']): FieldCursor {
    return new FieldCursor(new BatchBuffers(this.#file, message, this.#recent), dictionary);
  }
}

function typeOf(path: string, { name, type }: Field): FieldType {
  const found = fieldType(type);
  if (found) return found;
  throw binderError(
    `read_arrow: column "${name}" of '${path}' has the Arrow type ${String(type)}, which is not supported; ` +
      `write the file without it, or as numbers, text, blobs, dates, lists or structs`,
  );
}

/** Column names that are unique regardless of case: the second `x` becomes `x_1`, as in DuckDB's readers. */
function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 1; used.has(unique.toLowerCase()); i++) unique = `${name}_${i}`;
    used.add(unique.toLowerCase());
    return unique;
  });
}
