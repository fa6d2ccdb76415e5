import { expect, test, vi } from 'vitest';
import { parseDedup } from '../../src/cli/dedup/options.ts';
import { openBackends } from '../../src/functions/context.ts';
import type { BackendChoice } from '../../src/kernels/backends.ts';
import { createReferenceKernels } from '../../src/kernels/reference/index.ts';
import { Session } from '../../src/session/session.ts';

const searches = vi.hoisted(() => ({ count: 0 }));

// Adds a line to the list of backends. The backend is the reference, with its searches counted.
vi.mock('../../src/kernels/backends.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/kernels/backends.ts')>();
  const counting: typeof createReferenceKernels = async () => {
    const kernels = await createReferenceKernels();
    return {
      name: 'counting',
      device: 'memory',
      search(...args) {
        searches.count++;
        return kernels.search(...args);
      },
      lloydStep: (...args) => kernels.lloydStep(...args),
      close: () => kernels.close(),
    };
  };
  return {
    backends: { ...original.backends, counting },
    BACKENDS: [...original.BACKENDS, 'counting'],
  };
});

const COUNTING = 'counting' as BackendChoice;
const PAIRS = (backend: string): string =>
  `FROM pairwise('SELECT i AS id, [cos(i), sin(i)]::FLOAT[] AS embedding FROM range(50) AS t(i)', cluster := NULL, rank_by := 'id', backend := '${backend}') ORDER BY id`;

test('a backend in the list computes what the others do', async () => {
  await using session = await Session.open({ backend: COUNTING });
  const rows = async (backend: string): Promise<unknown[][]> =>
    (await session.connection.runAndReadAll(PAIRS(backend))).getRowsJson();
  const counted = await rows('counting');
  expect(searches.count).toBeGreaterThan(0);
  expect(counted).toHaveLength(50);
  expect(counted).toEqual(await rows('reference'));
  const used = await openBackends(session.connection.settings);
  expect(used.map(({ kernels }) => kernels.device)).toContain('memory');
});

test('it is among those that calls and the command line take', async () => {
  await using session = await Session.open();
  await expect(session.run(PAIRS('none'))).rejects.toThrow(
    `pairwise: backend must be one of 'auto', 'cpu', 'webgpu', 'reference', 'counting', got 'none'`,
  );
  expect(parseDedup(['in.parquet', '--backend', 'counting'])).toMatchObject({ backend: 'counting' });
});
