import { center } from './aligned.ts';
import type { Mode } from './renderer.ts';

const titles: Record<string, string> = {
  logical_plan: 'Unoptimized Logical Plan',
  logical_opt: 'Optimized Logical Plan',
  physical_plan: 'Physical Plan',
};

/** The plan that EXPLAIN returns, whatever the mode set: drawn plans get a title, other formats stand as they are. */
export const explain: Mode = () => ({
  begin: () => '',
  rows: (rows) =>
    rows
      .getRows()
      .map(([key, plan]) => heading(String(key), String(plan)) + String(plan))
      .join(''),
  end: () => '',
});

function heading(key: string, plan: string): string {
  const title = titles[key];
  if (title === undefined || !plan.startsWith('┌')) return '';
  const line = '─'.repeat(27);
  return `\n┌─${line}─┐\n│┌${line}┐│\n││${center(title, 27)}││\n│└${line}┘│\n└─${line}─┘\n`;
}
