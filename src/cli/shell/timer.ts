/** Starts a timer. The returned function formats the elapsed and CPU time as DuckDB does. */
export function startTimer(): () => string {
  const start = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  return () => {
    const real = Number(process.hrtime.bigint() - start) / 1e9;
    const { user, system } = process.cpuUsage(cpu);
    return (
      `Run Time (s): real ${real.toFixed(3)} user ${(user / 1e6).toFixed(6)} sys ` +
      `${(system / 1e6).toFixed(6)}`
    );
  };
}
