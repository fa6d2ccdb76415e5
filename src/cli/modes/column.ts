import { aligned, padEnd } from './aligned.ts';

/** Columns set apart by two spaces, with a ruled header. */
export const column = aligned({
  head: (names, widths) =>
    `${names.map((name, i) => padEnd(name, widths[i]!)).join('  ')}\n` +
    `${widths.map((w) => '-'.repeat(w)).join('  ')}\n`,
  row: (cells) => `${cells.join('  ')}\n`,
  foot: () => '',
  headOptional: true,
});
