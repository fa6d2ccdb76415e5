import { createRequire } from 'node:module';

export type ArrowLibrary = typeof import('apache-arrow');
export type Footer = import('apache-arrow/ipc/metadata/file').Footer;

const require = createRequire(import.meta.url);
let library: ArrowLibrary | undefined;

/** apache-arrow, loaded by the first Arrow file: a bind callback cannot await an import, and most sessions need none. */
export function arrowLibrary(): ArrowLibrary {
  return (library ??= require('apache-arrow') as ArrowLibrary);
}

/** Decodes the footer of an Arrow IPC file. */
export function decodeFooter(bytes: Uint8Array): Footer {
  // The footer's decoder is only whole once the rest is loaded.
  arrowLibrary();
  const module = require('apache-arrow/ipc/metadata/file') as typeof import('apache-arrow/ipc/metadata/file');
  return module.Footer.decode(bytes);
}
