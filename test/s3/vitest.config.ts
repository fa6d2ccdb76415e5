import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 's3',
    include: ['test/s3/*.test.ts'],
    globalSetup: ['test/s3/parts.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
