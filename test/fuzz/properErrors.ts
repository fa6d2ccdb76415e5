/** The classes of errors that a user may meet. `INTERNAL Error` is none. */
const CLASS =
  /^(?:Failed to prepare: )?(?:Binder|Catalog|Constraint|Conversion|Dependency|Invalid Input|Invalid|IO|Not implemented|Not Implemented|Out of Memory|Out of Range|Parser|Permission|Serialization|Syntax|TransactionContext|Mismatch Type) Error: /;
/** What a bug of ours says. */
const BUG =
  /undefined|\[object |is not a function|is not iterable|Cannot read|Cannot convert|(?:Type|Range|Reference|Syntax)Error\b|Assertion|native callback|Invalid array length|\bat .*\.[jt]s:\d/;

/** What is wrong with an error message; undefined when a user can do something with it. `given` is what the user wrote. */
export function errorFault(message: string, given: string): string | undefined {
  if (!CLASS.test(message)) return `no class: ${message}`;
  // What is quoted from the input may be any text.
  const found = BUG.exec(message)?.[0];
  return found !== undefined && !given.includes(found) ? `says ${found}: ${message}` : undefined;
}
