import { DuckDBTimestampTZValue, DuckDBTimestampValue } from '@duckdb/node-api';

const offsetFormats = new Map<string, Intl.DateTimeFormat>();

/** A TIMESTAMP WITH TIME ZONE as DuckDB prints it in `timeZone`: local time and offset. */
export function timestampTZText(value: DuckDBTimestampTZValue, timeZone: string): string {
  if (!value.isFinite) return new DuckDBTimestampValue(value.micros).toString();
  const seconds = offsetSeconds(value, timeZone);
  const local = new DuckDBTimestampValue(value.micros + BigInt(seconds) * 1_000_000n).toString();
  const minutes = Math.trunc(Math.abs(seconds) / 60);
  const hour = String(Math.trunc(minutes / 60)).padStart(2, '0');
  const minute = minutes % 60 === 0 ? '' : `:${String(minutes % 60).padStart(2, '0')}`;
  return `${local}${seconds < 0 ? '-' : '+'}${hour}${minute}`;
}

function offsetSeconds(value: DuckDBTimestampTZValue, timeZone: string): number {
  const instant = new Date(Number(value.micros / 1000n));
  if (Number.isNaN(instant.getTime())) return 0;
  const name = offsetFormat(timeZone)
    .formatToParts(instant)
    .find((part) => part.type === 'timeZoneName')?.value;
  const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name ?? '');
  if (!match) return 0;
  const [, sign, hours, minutes, seconds] = match;
  const magnitude = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
  return sign === '-' ? -magnitude : magnitude;
}

function offsetFormat(timeZone: string): Intl.DateTimeFormat {
  let format = offsetFormats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    offsetFormats.set(timeZone, format);
  }
  return format;
}
