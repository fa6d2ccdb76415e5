/**
 * One line of the report.
 * @typedef {object} Line
 * @property {string} what what is compared
 * @property {string} [ours]
 * @property {string} [peer]
 * @property {string} [ratio] how many times better ours is, unless the text says otherwise
 * @property {string} ran what was run, or why it was not
 */

export const HEADER = '| What | Ours | Peer | Ratio | What was run |\n| --- | --- | --- | --- | --- |';

/** @param {Line} line */
export const markdown = ({ what, ours = '', peer = '', ratio = '', ran }) =>
  `| ${[what, ours, peer, ratio, ran].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** Wall and processor time. @param {import('./measure.mjs').Timed} time */
export const times = ({ seconds, cpuSeconds }) => `${short(seconds)} s (CPU ${short(cpuSeconds)} s)`;

/** `wall 3.1 ×, CPU 2.9 ×`. @param {import('./measure.mjs').Timed} peer @param {import('./measure.mjs').Timed} ours */
export const speedup = (peer, ours) =>
  `${short(peer.seconds / ours.seconds)} × (CPU ${short(peer.cpuSeconds / ours.cpuSeconds)} ×)`;

/** A rate of `work` units: by wall time, and by second of processor time. */
export const rate = (work, { seconds, cpuSeconds }, unit) =>
  `${short(work / seconds)} ${unit} (${short(work / cpuSeconds)} a CPU s)`;

export const mebibytes = (bytes) => `${Math.round(bytes / 2 ** 20).toLocaleString('en-US')} MiB`;

/** Three digits, without an exponent. */
export function short(value) {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const digits = Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}
