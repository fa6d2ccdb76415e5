import { lines, pad, rule } from './frame.ts';
import type { Mode } from './renderer.ts';

const titles: Record<string, string> = {
  logical_plan: 'Unoptimized Logical Plan',
  logical_opt: 'Optimized Logical Plan',
  physical_plan: 'Physical Plan',
};

/** The plan that EXPLAIN returns, whatever the mode. Drawn plans get a title. */
export const explain: Mode = () => ({
  rows: (rows) =>
    rows
      .getRows()
      .map(([key, plan]) => heading(titles[String(key)], String(plan)) + String(plan))
      .join(''),
});

function heading(title: string | undefined, plan: string): string {
  if (title === undefined || !plan.startsWith('┌')) return '';
  const { top, bottom } = lines;
  const inner = [rule(top, [25]), `│${pad(title, 27, 'center')}│\n`, rule(bottom, [25])];
  const framed = inner.map((line) => `│${line.trimEnd()}│\n`);
  return `\n${rule(top, [27])}${framed.join('')}${rule(bottom, [27])}`;
}
