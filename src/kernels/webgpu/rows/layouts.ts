import { constants, Layout } from '../device/layout.ts';

/** The uniforms of `gatherRows.wgsl`. The source buffer holds rows `start` to `end` of the store. */
export const GatherParams = new Layout('Params', { rows: 'u32', width: 'u32', start: 'u32', end: 'u32' });

/** For `gatherRows.wgsl`. */
export const HEADER = GatherParams.wgsl + constants('u32', { THREADS: 64 });
