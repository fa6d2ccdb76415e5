import { defineConfig } from 'vitest/config';
import { provideAdapter } from './test/setup/softwareAdapter.ts';

// Vulkan is looked for in the environment a process starts with: it must be there before the workers are forked.
await provideAdapter();

/** Tests that take long have a command of their own: `npm run test:long`. */
const LONG = 'test/**/*.long.test.ts';
/** Tests that replace modules for all that is loaded after them, or measure their process. */
const APART = [
  'test/connection/runOnDuckdbThreads.test.ts',
  'test/functions/addFunction.test.ts',
  'test/npy/readNpy.test.ts',
  'test/output/exchange.test.ts',
  'test/session/s3Secrets.test.ts',
];

const folders = (...names: string[]): string[] => names.map((name) => `test/${name}/**/*.test.ts`);

const project = (name: string, include: string[], exclude: string[], isolate = true) => ({
  extends: true as const,
  test: { name, include, exclude, isolate },
});

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['test/setup/scratch.ts'],
    setupFiles: ['test/setup/properties.ts'],
    projects: [
      // Many short files share a process, so that modules are loaded once.
      project(
        'unit',
        folders(
          'arrow',
          'cli',
          'columns',
          'connection',
          'kysely',
          'npy',
          'output',
          'relation',
          'rows',
          'run',
          'session',
        ),
        [LONG, ...APART],
        false,
      ),
      project('apart', APART, []),
      project('kernels', folders('algorithms', 'kernels'), [LONG]),
      project('sql', folders('sql'), [LONG]),
      project('workflow', folders('docs', 'fuzz', 'report', 'workflow'), [LONG]),
      project('long', [LONG], []),
    ],
  },
});
