import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const src = new URL('../../src', import.meta.url).pathname;
const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(?:ts|wgsl)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name));
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

type Graph = Map<string, Set<string>>;

/** The files that each file imports, including types. */
const imports: Graph = new Map(
  [...texts].map(([file, text]) => {
    const { importedFiles } = ts.preProcessFile(text);
    const named = importedFiles.map(({ fileName }) => join(dirname(file), fileName));
    return [file, new Set(named.filter((name) => texts.has(name)))];
  }),
);

/** The folder of a file below src. Undefined for files in src itself. */
const room = (file: string): string | undefined => relative(src, file).split(sep).slice(0, -1)[0];

/** The first import cycle found. */
function findCycle(graph: Graph): string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return undefined;
}

test('no file imports itself by way of others, not even a type', () => {
  expect([...imports.values()].reduce((sum, { size }) => sum + size, 0)).toBeGreaterThan(1_000);
  expect(findCycle(imports)?.map((file) => relative(src, file))).toBeUndefined();
});

test('each folder uses only what src/README.md shows below it', () => {
  const readme = readFileSync(join(src, 'README.md'), 'utf8');
  const lines = [...readme.matchAll(/^ ((?:\w+\/ )*\w+\/) {2,}/gm)].map(([, names]) => names.match(/\w+/g)!);
  const floors = new Map(lines.flatMap((names, floor) => names.map((name) => [name, floor] as const)));
  const used = [...imports].flatMap(([file, names]) => [...names].map((name) => [room(file), room(name)]));
  const upwards = used.filter(
    ([from, to]) => from !== undefined && to !== undefined && floors.get(from)! > floors.get(to)!,
  );
  expect([...new Set(files.map(room))].filter((name) => name !== undefined && !floors.has(name))).toEqual([]);
  expect(upwards).toEqual([]);
});

test('no file has more than 300 lines, no folder more than 15 files', () => {
  const written = [...texts].filter(([, text]) => !text.startsWith('// Written by `npm run build`'));
  const long = written.filter(([, text]) => text.split('\n').length > 301).map(([file]) => file);
  const counts = new Map<string, number>();
  for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  expect({ long, full: [...counts].filter(([, count]) => count > 15) }).toEqual({ long: [], full: [] });
});
