import type { SharedStore } from './rowView.ts';

const releases = new WeakMap<SharedStore, Set<() => void>>();

/** Has `release` called once the store is closed: for whoever keeps copies of its rows. Returns how to take that back. */
export function whenClosed(store: SharedStore, release: () => void): () => void {
  const listed = releases.get(store) ?? new Set();
  releases.set(store, listed.add(release));
  return () => listed.delete(release);
}

/** Says that the store is closed. */
export function closed(store: SharedStore): void {
  for (const release of releases.get(store) ?? []) release();
  releases.delete(store);
}
