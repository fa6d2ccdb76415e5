import { run } from './child.mjs';

/**
 * The Python that runs the peers: the environment variable NEARDUCK_BENCH_PYTHON, or python3 on the path.
 * @param {readonly string[]} modules what it must have
 * @param {string} packages how to say that
 * @returns {Promise<{ command: string } | { reason: string }>}
 */
export async function findModules(modules, packages) {
  const command = process.env.NEARDUCK_BENCH_PYTHON || 'python3';
  try {
    await run(command, ['-c', `import ${modules.join(', ')}`]);
    return { command };
  } catch (error) {
    const last = error.message.trim().split('\n').at(-1);
    return { reason: `${command}: ${last}; set NEARDUCK_BENCH_PYTHON to a Python with ${packages}` };
  }
}

/** The Python of the peers on the CPU. */
export const findPython = () =>
  findModules(['faiss', 'numpy', 'pyarrow.parquet'], 'faiss-cpu, numpy and pyarrow');
