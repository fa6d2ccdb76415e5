import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the package. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of a document. */
export interface Block {
  /** `sh`, `sql` or `ts`. Empty when the document names none. */
  readonly language: string;
  readonly text: string;
  /** The output that the document shows: the text block after this block and one empty line. */
  readonly output: string | undefined;
}

/** The paths of all documents, relative to the package. */
export function documents(): string[] {
  const isDocument = (path: string): boolean =>
    path.endsWith('.md') && !/(?:^|\/)(?:node_modules|dist|out|\..*)\//.test(path);
  return ['', 'fixtures/', 'sql/', 'src/', 'test/']
    .flatMap((folder) =>
      readdirSync(root + folder, { recursive: folder !== '', encoding: 'utf8' }).map((path) => folder + path),
    )
    .filter(isDocument);
}

/**
 * The blocks of a document, without those of generated sections: readme.test.ts compares these with the
 * catalogue, and examples.test.ts runs its examples.
 */
export function blocksOf(document: string): Block[] {
  return blocksIn(readFileSync(root + document, 'utf8'));
}

export function blocksIn(markdown: string): Block[] {
  const written = markdown.replaceAll(/<!-- (functions|macros) -->[^]*?<!-- end of \1 -->/g, '');
  const fences = [...written.matchAll(/^ *```(\w*)[^\n]*\n([^]*?)^ *```$/gm)];
  return fences.map(({ 0: { length }, 1: language, 2: text, index }, i) => {
    const next = fences[i + 1];
    const isNext = next?.[1] === 'text' && written.slice(index + length, next.index).trim() === '';
    return { language, text, output: isNext ? next[2] : undefined };
  });
}
