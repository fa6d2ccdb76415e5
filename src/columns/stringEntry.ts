// The entry of a string in a DuckDB vector: its length, then up to twelve bytes, or the first four and its address.

export const ENTRY_BYTES = 16;
export const ENTRY_WORDS = 4;
/** Strings up to this long are in their entry. */
export const INLINE_BYTES = 12;
/** What the high word of an address counts; addresses of user space are exact as numbers. */
export const HIGH_WORD = 2 ** 32;
