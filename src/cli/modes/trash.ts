import type { Mode } from './renderer.ts';

/** No output; statements still run to their end. */
export const trash: Mode = () => ({ begin: () => '', rows: () => '', end: () => '' });
