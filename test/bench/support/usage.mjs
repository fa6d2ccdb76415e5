// Preloaded into a child (`node --import`): writes what the process used to the file NEARDUCK_BENCH_USAGE when it ends.
import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const usage = { cpuSeconds: (user + system) / 1e6, peakBytes: peakBytes() };
  writeFileSync(process.env.NEARDUCK_BENCH_USAGE, JSON.stringify(usage));
});

/** On Linux `maxRSS` also counts the parent's memory at the fork; VmHWM does not. */
function peakBytes() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
