import { openBackends } from '../../src/functions/context.ts';
import type { BackendName } from '../../src/kernels/backends.ts';
import { Session } from '../../src/session/session.ts';

/** Whether a backend runs here, or the reason why not. */
export type Availability =
  { readonly available: true } | { readonly available: false; readonly reason: string };

const PROBE = `FROM pairwise('SELECT i AS id, [i, 1]::FLOAT[] AS embedding FROM range(3) AS t(i)', cluster := NULL, rank_by := 'id')`;

/** Tries a backend on three rows. */
export async function availability(backend: BackendName): Promise<Availability> {
  await using session = await Session.open({ backend });
  try {
    await session.connection.run(PROBE);
  } catch (error) {
    return { available: false, reason: (error as Error).message };
  }
  const names = await backendsUsed(session);
  return names[0] === backend
    ? { available: true }
    : { available: false, reason: `'${backend}' ran on ${names.join()}` };
}

/** The backends a session has computed on. */
export async function backendsUsed(session: Session): Promise<string[]> {
  const used = await openBackends(session.connection.settings);
  return used.map(({ kernels }) => kernels.name);
}
