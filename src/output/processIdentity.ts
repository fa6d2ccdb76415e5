import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells a process from all others, as far as the system says. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Linux: the boot of the kernel, the namespace the pid counts in, and when the process started. */
  readonly boot?: string;
  readonly namespace?: string;
  readonly started?: string;
}

export function ownIdentity(): ProcessIdentity {
  const identity = { host: hostname(), pid: process.pid };
  try {
    return { ...identity, ...placeOf(), started: startOf(process.pid) };
  } catch {
    return identity;
  }
}

/**
 * Whether a process still runs. A pid alone says little: containers and machines count from 1 each, and pids are used
 * again. 'unknown' for a process of another machine or pid namespace.
 */
export function fateOf(process: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  try {
    const here = placeOf();
    if (process.boot !== here.boot || process.namespace !== here.namespace) return 'unknown';
    return startOf(process.pid) === process.started ? 'alive' : 'dead';
  } catch {
    return 'unknown';
  }
}

/** @throws where there is no /proc. */
function placeOf(): { boot: string; namespace: string } {
  return {
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    namespace: readlinkSync('/proc/self/ns/pid'),
  };
}

/**
 * When a process started, in clock ticks since boot; undefined when there is none. A killed process that its parent has
 * not asked for, as happens in containers for ever, is none.
 */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command, in brackets, may hold anything; the state is field 3, the start field 22.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
