/** The classes of errors that a user may see. `INTERNAL Error` is not one of them. */
const CLASS =
  /^(?:Failed to prepare: )?(?:Binder|Catalog|Constraint|Conversion|Dependency|Invalid Input|Invalid|IO|Not implemented|Not Implemented|Out of Memory|Out of Range|Parser|Permission|Serialization|Syntax|TransactionContext|Mismatch Type) Error: /;
/** Texts that occur in errors of bugs. */
const BUG =
  /undefined|\[object |is not a function|is not iterable|Cannot read|Cannot convert|(?:Type|Range|Reference|Syntax)Error\b|Assertion|native callback|Invalid array length|\bat .*\.[jt]s:\d/;

/** The fault of an error message. Undefined when the message helps the user. `given` is the user's input. */
export function errorFault(message: string, given: string): string | undefined {
  if (!CLASS.test(message)) return `no class: ${message}`;
  // Quotes of the input may contain any text.
  const found = BUG.exec(message)?.[0];
  return found !== undefined && !given.includes(found) ? `says ${found}: ${message}` : undefined;
}
