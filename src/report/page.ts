import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ReportData } from './reportData.ts';

/** Reads a file that the build places beside the compiled ones. */
const asset = (name: string): string =>
  readFileSync(join(dirname(createRequire(import.meta.url).resolve('#reportPage')), name), 'utf8');

/** The report as one HTML file. It loads nothing from the network except media that the data links to. */
export function reportPage(data: ReportData): string {
  const parts: Readonly<Record<string, string>> = {
    title: escapeHtml(data.title),
    style: asset('report.css'),
    // The data must not contain the end tag of the script element.
    data: JSON.stringify(data).replaceAll('<', '\\u003c'),
    script: asset('report.js').replaceAll('</script', '<\\/script'),
  };
  return asset('report.html').replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name]);
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
