import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Identifies a process, as far as the system allows. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** On Linux: the boot id of the kernel, the pid namespace, and the start time of the process. */
  readonly boot?: string;
  readonly namespace?: string;
  readonly started?: string;
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  const identity = { host: hostname(), pid: process.pid };
  try {
    return { ...identity, ...placeOf(), started: startOf(process.pid) };
  } catch {
    return identity;
  }
}

/**
 * Returns whether a process still runs. A pid alone is not enough: machines and containers each count from 1,
 * and pids are reused. Returns 'unknown' for a process of another machine or pid namespace.
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

/** The boot and the pid namespace of this process. @throws Error where there is no /proc. */
function placeOf(): { boot: string; namespace: string } {
  return {
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    namespace: readlinkSync('/proc/self/ns/pid'),
  };
}

/**
 * The start time of a process in clock ticks since boot, or undefined when it does not run. Zombie processes,
 * which containers may never reap, count as not running.
 */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command is in parentheses and may contain any characters. The state is field 3, the start time
    // field 22.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
