import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { Session } from '../../session/session.ts';
import type { Section } from './section.ts';

/** Processors, memory, and the limits DuckDB works under. */
export async function machineReport(): Promise<Section> {
  await using session = await Session.open();
  const reader = await session.connection.runAndReadAll(
    `SELECT current_setting('threads'), current_setting('memory_limit'), current_setting('temp_directory')`,
  );
  const [threads, memoryLimit, temporary] = reader.getRows()[0]!;
  return [
    ['CPUs', `${availableParallelism()} (${cpus()[0]?.model.trim() ?? 'unknown'})`],
    ['memory', `${gibibytes(totalmem())}, ${gibibytes(freemem())} free`],
    ['DuckDB threads', String(threads)],
    ['DuckDB memory_limit', String(memoryLimit)],
    ['DuckDB temp_directory', String(temporary)],
  ];
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
