// A DuckDB vector stores a string as an entry: its length, then either up to twelve bytes of text, or the
// first four bytes and the address of the text.

/** Size of an entry in bytes. */
export const ENTRY_BYTES = 16;
/** Size of an entry in 32-bit words. */
export const ENTRY_WORDS = 4;
/** Strings of up to this many bytes are stored in their entry. */
export const INLINE_BYTES = 12;
/** The value of one unit in the high word of an address. Addresses in user space fit exactly in a number. */
export const HIGH_WORD = 2 ** 32;
