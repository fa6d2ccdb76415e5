/**
 * A DOUBLE as DuckDB casts it to VARCHAR: the shortest text that reads back the same, `.0` on whole numbers,
 * an exponent of at least two digits below 1e-4 and from 1e16.
 */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const magnitude = Math.abs(value);
  if (magnitude < 1e-4 || magnitude >= 1e16) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return withPoint(String(value));
}

/** The text of a number, with `.0` if it has no decimal point. */
export const withPoint = (text: string): string => (text.includes('.') ? text : `${text}.0`);

/** Between these, floats have at least six digits, and no short number is midway between two of them. */
const ordinaryFloats = [2 ** -126, 2 ** 24] as const;

/**
 * A FLOAT as DuckDB casts it to VARCHAR: the shortest text that reads back the same 32 bits. Where a short
 * number is midway between two floats, or two short numbers are as near, DuckDB writes the float in full.
 */
export function floatText(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return doubleText(value);
  const magnitude = Math.abs(value);
  const ordinary = magnitude >= ordinaryFloats[0] && magnitude < ordinaryFloats[1];
  for (let precision = ordinary ? 6 : 1; precision < 9; precision++) {
    const short = Number(value.toPrecision(precision));
    if (short !== value && isMidway(short, value)) return doubleText(value);
    if (Math.fround(short) === value) return isHalf(value, precision) ? doubleText(value) : doubleText(short);
  }
  return doubleText(Number(value.toPrecision(9)));
}

/** Returns true when `number` lies exactly between `float` and the next float. */
function isMidway(number: number, float: number): boolean {
  const other = 2 * number - float;
  const rounded = Math.fround(number);
  return Math.fround(other) === other && (rounded === float || rounded === other);
}

/** Returns true when `float` has one more digit than `precision`, and that digit is 5. */
function isHalf(float: number, precision: number): boolean {
  const longer = float.toPrecision(precision + 1);
  return Number(longer) === float && /5(?:e|$)/.test(longer);
}

/** A FLOAT or DOUBLE in JSON, in the digits of `to_json`. NaN and infinities become strings. */
export function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) return JSON.stringify(String(value));
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  if (text.includes('e')) return text.replace('e+', 'e');
  return withPoint(text);
}
