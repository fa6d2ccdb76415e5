import { readFileSync, statSync } from 'node:fs';
import { ioError } from '../../errors.ts';

/** The first bytes of a page, as in src/report/page/report.html. */
const PAGE = /<title>Near-duplicates in /;

/** @throws NearduckError (IO Error) when a file would be replaced that is no page of nearduck. */
export function checkFreePage(page: string, pairs: string): void {
  if (isFile(page)) {
    if (!PAGE.test(readFileSync(page, 'utf8'))) throw taken(page);
  } else checkFree(pairs);
}

/** @throws NearduckError (IO Error) when a file exists there. */
export function checkFree(path: string): void {
  if (isFile(path)) throw taken(path);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

const taken = (path: string): Error =>
  ioError(`report: '${path}' exists already; remove it, or choose another name`);
