import { NearduckError } from '../errors.ts';

const PAGE = 65_536;
const MAX_PAGES = 65_536;
const ALIGN = 64;
/**
 * The memory grows by at least this share of its size, because V8 collects garbage after frequent growth.
 * Pages that are never written take no memory.
 */
const MIN_GROWTH = 1 / 4;

interface Hole {
  start: number;
  size: number;
}

/**
 * A first-fit allocator for few, large, short-lived blocks of WebAssembly memory. AssemblyScript's own
 * allocator doubles the memory whenever it grows, which breaks any memory limit, allocates at most 1 GiB at
 * once, and traps where this one throws.
 */
export class Arena {
  readonly #memory: WebAssembly.Memory;
  readonly #blocks = new Map<number, number>();
  /** Free ranges in address order. No two are adjacent. */
  #holes: Hole[];
  #used = 0;

  constructor(memory: WebAssembly.Memory, heapBase: number) {
    this.#memory = memory;
    const start = align(heapBase);
    this.#holes = [{ start, size: memory.buffer.byteLength - start }];
  }

  get used(): number {
    return this.#used;
  }

  allocate(bytes: number): number {
    const size = align(Math.max(bytes, 1));
    const hole = this.#holes.find((candidate) => candidate.size >= size) ?? this.#grow(size);
    const { start } = hole;
    hole.start += size;
    hole.size -= size;
    if (hole.size === 0) this.#holes.splice(this.#holes.indexOf(hole), 1);
    this.#blocks.set(start, size);
    this.#used += size;
    return start;
  }

  free(start: number): void {
    const size = this.#blocks.get(start);
    if (size === undefined) return;
    this.#blocks.delete(start);
    this.#used -= size;
    const next = this.#holes.findIndex((hole) => hole.start > start);
    const at = next < 0 ? this.#holes.length : next;
    this.#holes.splice(at, 0, { start, size });
    this.#merge(at);
    this.#merge(at - 1);
  }

  /** Joins hole `at` with the following one when they are adjacent. */
  #merge(at: number): void {
    const hole = this.#holes[at];
    const next = this.#holes[at + 1];
    if (!hole || !next || hole.start + hole.size !== next.start) return;
    hole.size += next.size;
    this.#holes.splice(at + 1, 1);
  }

  #grow(size: number): Hole {
    const end = this.#memory.buffer.byteLength;
    const last = this.#holes.at(-1);
    const atEnd = last !== undefined && last.start + last.size === end ? last : undefined;
    const missing = size - (atEnd?.size ?? 0);
    const needed = Math.ceil(missing / PAGE);
    const room = MAX_PAGES - end / PAGE;
    if (needed > room) {
      throw new NearduckError(
        'Out of Memory',
        `cpu kernels: ${size} bytes do not fit in the 4 GiB of WebAssembly memory`,
      );
    }
    const pages = Math.min(room, Math.max(needed, Math.floor((end / PAGE) * MIN_GROWTH)));
    this.#memory.grow(pages);
    if (atEnd) {
      atEnd.size += pages * PAGE;
      return atEnd;
    }
    const hole = { start: end, size: pages * PAGE };
    this.#holes.push(hole);
    return hole;
  }
}

const align = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;
