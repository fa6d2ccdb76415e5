import { separated } from './separated.ts';

/** Tab-separated values. */
export const tabs = separated('\t', '\n', (text) => text);
