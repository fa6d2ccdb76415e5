import uPlot from 'uplot';
import type { ReportData } from '../reportData.ts';
import { count, epsText, percent } from './format.ts';

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const axis = (): uPlot.Axis => ({
  stroke: () => colour('quiet'),
  grid: { stroke: () => colour('line'), width: 1 },
  ticks: { stroke: () => colour('line'), width: 1 },
});

/** Number of eps steps per bar. */
const STEPS_PER_BAR = 5;

/** The steps from the first to the last dropped row, with eps 0 and the page's eps. */
export function stepsShown({ steps, eps: opening }: Pick<ReportData, 'steps' | 'eps'>): ReportData['steps'] {
  const { eps, dropped } = steps;
  const begin = dropped.findIndex((n) => n > dropped[0]);
  // eps 0 is always included.
  const at = opening > 0 ? eps.indexOf(opening) : Math.max(1, begin);
  const first = begin < 0 ? 1 : Math.max(1, Math.min(begin, at) - STEPS_PER_BAR);
  const last = Math.max(dropped.indexOf(dropped.at(-1)!), at, first);
  // Round up to full bars.
  const end = last + 1 + ((STEPS_PER_BAR - ((last - first + 1) % STEPS_PER_BAR)) % STEPS_PER_BAR);
  return { eps: [eps[0], ...eps.slice(first, end)], dropped: [dropped[0], ...dropped.slice(first, end)] };
}

/** Draws rows over eps as bars, the dropped share as a line, and a marker. Returns what moves it. */
export function epsChart(
  target: HTMLElement,
  { steps, rows }: Pick<ReportData, 'steps' | 'rows'>,
): (eps: number) => void {
  // A log scale has no position for eps 0, so it is drawn one step below the smallest value.
  const positions = steps.eps.map((eps, i) => (eps > 0 ? eps : (steps.eps[i + 1] ?? 1) / 1.05));
  const bars = positions.map((_, i) => {
    if (i === 0) return steps.dropped[0];
    // Undefined: uPlot makes a bar as wide as the space between values that are defined.
    return i % STEPS_PER_BAR === 0 ? steps.dropped[i] - steps.dropped[i - STEPS_PER_BAR] : undefined;
  });
  const shares = steps.dropped.map((dropped) => dropped / Math.max(1, rows));
  let marker = positions[0];
  const chart = new uPlot(
    {
      width: target.clientWidth,
      height: 260,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, distr: 3 }, rows: { range: [0, null] }, share: { range: [0, 1] } },
      axes: [
        {
          ...axis(),
          label: 'eps',
          values: (_, ticks) => ticks.map((tick) => (isDecade(tick) ? epsText(tick) : '')),
        },
        { ...axis(), scale: 'rows', size: 70, values: (_, ticks) => ticks.map(wholeCount) },
        {
          ...axis(),
          scale: 'share',
          side: 1,
          size: 60,
          grid: { show: false },
          values: (_, ticks) => ticks.map(percent),
        },
      ],
      series: [
        {},
        {
          scale: 'rows',
          fill: () => colour('bars'),
          stroke: () => colour('bars'),
          paths: uPlot.paths.bars!({ size: [0.8, 100], align: -1 }),
          points: { show: false },
        },
        { scale: 'share', stroke: () => colour('curve'), width: 2, points: { show: false } },
      ],
      hooks: { draw: [(plot) => drawMarker(plot, marker)] },
    },
    [positions, bars, shares],
    target,
  );
  follow(chart, target, 260);
  return (eps) => {
    const at = steps.eps.indexOf(eps);
    marker = positions[at];
    chart.redraw(false);
  };
}

/** The label of a tick; empty between whole numbers. */
const wholeCount = (tick: number): string => (Number.isInteger(tick) ? count(tick) : '');

const isDecade = (value: number): boolean =>
  Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;

function drawMarker(plot: uPlot, eps: number): void {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(eps, 'x', true);
  ctx.save();
  ctx.strokeStyle = colour('text');
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

/** Draws the number of clusters per number of rows, in bins of equal width. */
export function clusterChart(target: HTMLElement, clusters: ReportData['clusters']): void {
  const largest = clusters.at(-1)?.rows ?? 0;
  const bins = Math.min(40, Math.max(1, largest));
  const width = Math.max(1, Math.ceil(largest / bins));
  const counts = Array.from({ length: bins + 1 }, () => 0);
  for (const { rows, clusters: n } of clusters) counts[Math.floor(rows / width)] += n;
  const chart = new uPlot(
    {
      width: target.clientWidth,
      height: 180,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: [0, (bins + 1) * width] }, y: { range: [0, null] } },
      axes: [
        { ...axis(), label: 'rows per cluster', values: (_, ticks) => ticks.map(wholeCount) },
        { ...axis(), size: 60, values: (_, ticks) => ticks.map(wholeCount) },
      ],
      series: [
        {},
        {
          fill: () => colour('bars'),
          stroke: () => colour('bars'),
          paths: uPlot.paths.bars!({ size: [0.9, 100], align: 1 }),
          points: { show: false },
        },
      ],
    },
    [counts.map((_, i) => i * width), counts],
    target,
  );
  follow(chart, target, 180);
}

/** Adapts a chart to the width of its element and to the color theme. */
function follow(chart: uPlot, target: HTMLElement, height: number): void {
  new ResizeObserver(() => chart.setSize({ width: target.clientWidth, height })).observe(target);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => chart.redraw(false));
}
