import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The package. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of a document. */
export interface Block {
  /** `sh`, `sql`, `ts`; '' where the document names none. */
  readonly language: string;
  readonly text: string;
  /** The block of text that follows, separated by an empty line: what the document says this one prints. */
  readonly output: string | undefined;
}

/** All documents, as paths in the package. */
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
 * The blocks of a document. Those of the generated sections are left out: they are what the catalogue says (readme.test.ts), whose
 * examples run (examples.test.ts).
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
