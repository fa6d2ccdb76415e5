import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { extname, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Shown } from './reportData.ts';

const TYPES: Readonly<Record<string, readonly [kind: 'image' | 'video' | 'audio', type: string]>> = {
  '.png': ['image', 'image/png'],
  '.jpg': ['image', 'image/jpeg'],
  '.jpeg': ['image', 'image/jpeg'],
  '.gif': ['image', 'image/gif'],
  '.webp': ['image', 'image/webp'],
  '.avif': ['image', 'image/avif'],
  '.mp4': ['video', 'video/mp4'],
  '.webm': ['video', 'video/webm'],
  '.mov': ['video', 'video/quicktime'],
  '.mp3': ['audio', 'audio/mpeg'],
  '.wav': ['audio', 'audio/wav'],
  '.ogg': ['audio', 'audio/ogg'],
  '.flac': ['audio', 'audio/flac'],
};

/** Limits for media that are embedded in a page. */
export interface MediaBudget {
  /** Maximum bytes per file. */
  readonly fileBytes: number;
  /** Remaining bytes for all files together. */
  bytes: number;
  /** The folder of the page. Links are relative to it. */
  readonly folder: string;
}

/** The picture, video or audio whose path or URL is `text`. Returns undefined for other texts. */
export function mediaOf(text: string, budget: MediaBudget): Shown['media'] {
  if (/[\n\r]/.test(text)) return undefined;
  const isUrl = /^https?:\/\//i.test(text);
  const found = TYPES[extname(isUrl ? pathOf(text) : text).toLowerCase()];
  if (!found) return undefined;
  const [kind, type] = found;
  if (isUrl) return { kind, source: text };
  // Browsers cannot read other addresses, such as s3://.
  if (/^[a-z][a-z0-9+]*:\/\//i.test(text)) return undefined;
  const size = sizeOf(text);
  if (size === undefined) return undefined;
  if (size > budget.fileBytes || size > budget.bytes) return { kind, source: linkTo(text, budget.folder) };
  budget.bytes -= size;
  return { kind, source: `data:${type};base64,${readFileSync(text).toString('base64')}` };
}

/** The size of a readable file in bytes. Undefined for anything else, such as a pipe. */
function sizeOf(path: string): number | undefined {
  try {
    accessSync(path, constants.R_OK);
    const stats = statSync(path);
    return stats.isFile() ? stats.size : undefined;
  } catch {
    return undefined;
  }
}

function pathOf(url: string): string {
  try {
    return new URL(url).pathname;
  } catch {
    return '';
  }
}

const linkTo = (path: string, folder: string): string => {
  const link = relative(folder, resolve(path));
  return link === resolve(path)
    ? pathToFileURL(path).href
    : link.split(/[\\/]/).map(encodeURIComponent).join('/');
};
