import { defineConfig } from 'vitest/config';
import { provideAdapter } from './test/setup/softwareAdapter.ts';

// Vulkan is looked for in the environment a process starts with: it must be there before the workers are forked.
await provideAdapter();

/** Tests that take long have a command of their own: `npm run test:long`. */
const LONG = 'test/**/*.long.test.ts';

const project = (name: string, include: string[], exclude = [LONG]) => ({
  extends: true as const,
  test: { name, include, exclude },
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
      project('unit', [
        'test/{algorithms,arrow,columns,connection,npy,functions,kysely,output,relation,report,rows,run,session}/**/*.test.ts',
      ]),
      project('kernels', ['test/kernels/**/*.test.ts']),
      project('sql', ['test/sql/**/*.test.ts']),
      project('cli', ['test/cli/**/*.test.ts']),
      project('fuzz', ['test/fuzz/**/*.test.ts']),
      project('docs', ['test/docs/**/*.test.ts']),
      project('workflow', ['test/workflow/**/*.test.ts']),
      project('long', [LONG], []),
    ],
  },
});
