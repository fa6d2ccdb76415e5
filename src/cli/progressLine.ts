import type { Progress, ProgressListener } from '../progress.ts';
import { splitAtWidth } from '../text/displayWidth.ts';

/** Milliseconds between two drawings of the line. */
const interval = 100;

/** Where and how a progress line is drawn. */
export interface ProgressLineOptions {
  /** The stream the line is drawn on; nothing is drawn unless it is a terminal. */
  readonly stream: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  readonly color?: boolean;
  /** Milliseconds, as of `performance.now`. */
  readonly now?: () => number;
}

/** One line on a terminal, rewritten in place, with the progress of a long computation. */
export class ProgressLine {
  readonly #stream: ProgressLineOptions['stream'];
  readonly #color: boolean;
  readonly #now: () => number;
  #step = '';
  #stepStart = 0;
  #drawnAt = -Infinity;
  #visible = false;
  #updatedAt = -Infinity;

  constructor(options: ProgressLineOptions) {
    this.#stream = options.stream;
    this.#color = options.color ?? !process.env['NO_COLOR'];
    this.#now = options.now ?? (() => performance.now());
  }

  /** True when there is a terminal to draw on. */
  get isShown(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Milliseconds since the last update. */
  get idle(): number {
    return this.#now() - this.#updatedAt;
  }

  /** Shows the progress of a session. */
  readonly update: ProgressListener = (progress) => {
    if (!this.isShown) return;
    const now = this.#now();
    this.#updatedAt = now;
    if (progress.step !== this.#step) {
      this.#step = progress.step;
      this.#stepStart = now;
      this.#drawnAt = -Infinity;
    }
    if (now - this.#drawnAt < interval) return;
    this.#drawnAt = now;
    const [line] = splitAtWidth(
      progressText(progress, now - this.#stepStart),
      (this.#stream.columns || 80) - 1,
    );
    this.#stream.write(`\r\u001B[K${this.#color ? `\u001B[2m${line}\u001B[0m` : line}`);
    this.#visible = true;
  };

  /** Clears the line, so that other output starts on an empty one. */
  clear(): void {
    if (this.#visible) this.#stream.write('\r\u001B[K');
    this.#visible = false;
    this.#step = '';
  }
}

/** `k-means  12/300  4%  3.1/s  ETA 1m33s  inertia 1234.5` */
export function progressText({ step, done, total, detail }: Progress, elapsed: number): string {
  const parts = [step, total === undefined ? grouped(done) : `${grouped(done)}/${grouped(total)}`];
  if (total) parts.push(`${Math.floor((100 * done) / total)}%`);
  const rate = elapsed > 0 ? done / (elapsed / 1000) : 0;
  if (rate > 0) parts.push(`${rate >= 100 ? grouped(Math.round(rate)) : rate.toFixed(1)}/s`);
  if (total && rate > 0 && done < total) parts.push(`ETA ${duration((total - done) / rate)}`);
  if (detail) parts.push(detail);
  return parts.join('  ');
}

/** `12,345`; `123.5M` for large numbers. */
const grouped = (value: number): string =>
  value < 1e8
    ? value.toLocaleString('en-US')
    : value.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 1 });

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
}
