import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { expect, test } from 'vitest';
import { apiReport } from './apiReport.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('the package has what it needs and no more', () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [{ files }] = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' })) as [
    { files: { path: string }[] },
  ];
  const paths = files.map(({ path }) => path);
  const { exports, bin, imports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    exports: Record<string, string | Record<string, string>>;
    bin: Record<string, string>;
    imports: Record<string, string>;
  };
  const named = [...Object.values(exports), bin, imports].flatMap((paths) =>
    typeof paths === 'string' ? paths : Object.values(paths),
  );
  for (const path of named) expect(paths).toContain(path.replace('./', ''));
  expect(paths).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'sql/1_load.sql', 'sql/macros/eps.sql']),
  );
  // The command is bundled. Every other module of dist/ is compiled from an existing file.
  const others = paths.filter((path) => !/^(?:dist|sql)\//.test(path));
  expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  const modules = paths.filter((path) => /^dist\/(?!cli\/).*\.js$/.test(path));
  const isCompiled = (path: string): boolean =>
    existsSync(`${root}${path.replace('dist', 'src').replace('.js', '.ts')}`) ||
    path === 'dist/report/page/report.js';
  expect(modules.filter((path) => !isCompiled(path))).toEqual([]);
  expect(modules.filter((path) => /^dist\/(?:docs|build)/.test(path))).toEqual([]);
});

test('publint finds nothing', async () => {
  const { messages } = await publint({ pkgDir: root, strict: true });
  expect(messages).toEqual([]);
});

// The exports of `nearduck/kysely` are generated, or are classes of Kysely.
test('what the package exports is what api.txt says (vitest -u writes it anew)', async () => {
  await expect(apiReport(`${root}dist/index.d.ts`)).toMatchFileSnapshot('api.txt');
});
