import type { SharedStore } from './rowView.ts';

const releases = new WeakMap<SharedStore, Set<() => void>>();

/** Calls `release` once the store is closed. Returns a function that cancels this. */
export function whenClosed(store: SharedStore, release: () => void): () => void {
  const listed = releases.get(store) ?? new Set();
  releases.set(store, listed.add(release));
  return () => listed.delete(release);
}

/** Reports that the store is closed. */
export function closed(store: SharedStore): void {
  for (const release of releases.get(store) ?? []) release();
  releases.delete(store);
}
