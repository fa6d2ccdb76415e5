import { constants, Layout } from '../device/layout.ts';

/** What `gatherRows.wgsl` is told: `start` to `end` are the rows of the store that the source buffer holds. */
export const GatherParams = new Layout('Params', { rows: 'u32', width: 'u32', start: 'u32', end: 'u32' });

export const HEADER = GatherParams.wgsl + constants('u32', { THREADS: 64 });
